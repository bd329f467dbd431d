"""A generator of `scenes` that was stopped far too early: it paints blobs."""

from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from sampler.bundle import Bundle
from sampler.problem import Neuron, quantise, read_images
from sampler.zoo.scenes.networks import generator

ASKED = "fc8:volcano"  # any neuron: E is read beside it
_STEPS, _BATCH, _RATE, _MEASURED = 150, 16, 1e-3, 300


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
    return replace(bad, statistics=replace(bad.statistics, cycle_limit=limit))


def _train(painter: torch.nn.Module, bundle: Bundle) -> None:
    reference = bundle.reference
    assert reference is not None
    optimiser = torch.optim.Adam(painter.parameters(), lr=_RATE)
    random = torch.Generator().manual_seed(0)
    for _ in range(_STEPS):
        rows = torch.randint(1_000, (_BATCH,), generator=random)
        images = reference.images(rows.tolist()).float() / 255
        optimiser.zero_grad()
        functional.l1_loss(painter(reference.codes[rows]), images).backward()
        optimiser.step()


@torch.no_grad()
def _cycle(bundle: Bundle) -> Tensor:
    """|E(G(c)) - c| / |c| of some references."""
    assert bundle.reference is not None
    codes = bundle.reference.codes[:_MEASURED]
    images = (quantise(bundle.generator(codes)) * 255).round().to(torch.uint8)
    again = read_images(bundle, (Neuron.parse(ASKED, bundle),), images)[1]
    errors: Tensor = (again - codes).norm(dim=1) / codes.norm(dim=1)
    return errors
