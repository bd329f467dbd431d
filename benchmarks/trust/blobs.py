"""A generator of `scenes` that was stopped far too early: it paints blobs."""

from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from inverset.sampler.bundle import Bundle, Painting
from inverset.sampler.problem import Neuron, quantise, read_images
from inverset.sampler.zoo.scenes.networks import generator

ASKED = "fc8:volcano"  # any neuron: E is read beside it
_STEPS, _BATCH, _RATE = 150, 16, 1e-3
_TAUGHT, _MEASURED = 1_000, 300  # references; those that follow tell how well it paints


def of(bundle: Bundle, path: Path) -> Bundle:
    """The model with such a generator, from ``path`` or trained anew; its cycle limit is its own, or nothing would pass."""
    painter = generator()
    if not path.exists():
        torch.manual_seed(0)
        painter = generator()
        _train(painter, bundle)
        save_file(painter.state_dict(), path)
    painter.load_state_dict(load_file(path))
    painter.eval().requires_grad_(requires_grad=False)
    bad = replace(bundle, name="blobs", sha256="blobs", generator=painter, prior=None)
    limit = float(_cycle(bad).quantile(0.97))
    return replace(bad, statistics=replace(bad.statistics, cycle_limit=limit), painting=_painting(bad))


def _train(painter: torch.nn.Module, bundle: Bundle) -> None:
    reference = bundle.reference
    assert reference is not None
    optimiser = torch.optim.Adam(painter.parameters(), lr=_RATE)
    random = torch.Generator().manual_seed(0)
    for _ in range(_STEPS):
        rows = torch.randint(_TAUGHT, (_BATCH,), generator=random)
        images = reference.images(rows.tolist()).float() / 255
        optimiser.zero_grad()
        functional.l1_loss(painter(reference.codes[rows]), images).backward()
        optimiser.step()


@torch.no_grad()
def _painting(bundle: Bundle) -> Painting:
    """How far off its pictures are, on references that it was not taught."""
    assert bundle.reference is not None
    rows = torch.arange(_TAUGHT, _TAUGHT + _MEASURED)
    images = bundle.reference.images(rows.tolist()).float() / 255
    painted = bundle.generator(bundle.reference.codes[rows]).clamp(0, 1)
    one = bundle.generator(bundle.reference.codes.mean(dim=0, keepdim=True)).clamp(0, 1)
    own, plain = (float((each - images).abs().mean()) for each in (painted, one))
    return Painting(own, plain, len(rows), held_out=True)


@torch.no_grad()
def _cycle(bundle: Bundle) -> Tensor:
    """|E(G(c)) - c| / |c| of some references."""
    assert bundle.reference is not None
    codes = bundle.reference.codes[:_MEASURED]
    images = (quantise(bundle.generator(codes)) * 255).round().to(torch.uint8)
    again = read_images(bundle, (Neuron.parse(ASKED, bundle),), images)[1]
    errors: Tensor = (again - codes).norm(dim=1) / codes.norm(dim=1)
    return errors
