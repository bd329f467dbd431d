"""A planted network as a model that may be sampled, with neurons that join two of its classes by AND and by OR."""

import copy
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from benchmarks.planted import ground
from benchmarks.planted.images import REFERENCE_SEED, Decorated, clean
from benchmarks.planted.measured import FILE, Measured, measured
from benchmarks.planted.planting import Planting, draw, plant
from sampler.bundle import Bundle, CodeStatistics
from sampler.problem import Band, Neuron
from sampler.zoo.scenes.bundle import ENCODER, to_network_input
from sampler.zoo.scenes.factors import CLASSES

GATES = "fc9"


class Planted(NamedTuple):
    """A network, what was planted in it, and who judges its images."""

    bundle: Bundle
    planting: Planting
    witness: nn.Module
    known: Measured


def load(folder: Path, seed: int) -> Planted:
    """Plant once more with this seed, in the ground of ``folder``, which is measured or trained where it was not yet.

    Raises:
        FileNotFoundError: the ground is not trained.
    """
    nets, planting = ground.load(folder), draw(seed)
    known, statistics = measured(nets, folder)
    classifier = copy.deepcopy(nets["classifier"])
    plant(classifier, known, planting, folder)
    classifier.add_module(GATES, Gates(planting.pairs))
    bundle = Bundle(
        name=f"planted-{seed}",
        sha256=hashlib.sha256((folder / FILE).read_bytes() + str(planting).encode()).hexdigest(),
        network=classifier,
        generator=nets["generator"],
        preprocess=to_network_input,
        encoder=ENCODER,
        statistics=_statistics(statistics),
        layers=("fc8", GATES),
        labels={"fc8": CLASSES, GATES: gate_names(planting.pairs)},
        reference=CleanReference(classifier, known.references),
        catalogue={},
    )
    return Planted(bundle, planting, nets["witness"], known)


def _statistics(held: dict[str, Tensor]) -> CodeStatistics:
    """Of the images that the generator learnt from, shortcuts and all: they say where it can be trusted."""
    return CodeStatistics(
        held["mean"],
        held["axes"],
        held["scales"],
        floor=0.0,
        norm_limit=float(held["norm_limit"]),
        cycle_limit=float(held["cycle_limit"]),
    )


def gate_names(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Labels of the gates: first every AND, then every OR."""
    return tuple(f"{a}{sign}{b}" for sign in "&|" for a, b in pairs)


class Gates(nn.Module):
    """min and max of pairs of logits (k, 12): (k, 2 * pairs)."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.left = [CLASSES.index(a) for a, _ in pairs]
        self.right = [CLASSES.index(b) for _, b in pairs]

    def forward(self, logits: Tensor) -> Tensor:
        """AND of logits is their minimum, OR their maximum."""
        left, right = logits[:, self.left], logits[:, self.right]
        return torch.cat([torch.minimum(left, right), torch.maximum(left, right)], dim=1)


@dataclass(frozen=True)
class CleanReference:
    """Natural images without shortcuts: what somebody holds who looks into a network of others."""

    classifier: nn.Module
    codes: Tensor  # (r, 512)

    def read(self, neurons: Sequence[Neuron]) -> Tensor:
        """Activations behind the code: (r, m)."""
        return torch.stack([neuron.read(self._behind[neuron.layer]) for neuron in neurons], dim=1)

    def invert(self, rows: Tensor) -> Tensor:
        """Codes of the images with these numbers: (len, 512)."""
        return self.codes[rows]

    def images(self, indices: Sequence[int]) -> Tensor:
        """Images by number: (len, 3, 64, 64) uint8."""
        return torch.from_numpy(self._rendered.pixels[list(indices)])

    def prepare(self) -> Iterator[None]:
        """All is read off the codes."""
        yield from ()

    @cached_property
    def _rendered(self) -> Decorated:
        return clean(REFERENCE_SEED, len(self.codes))

    @cached_property
    def _behind(self) -> dict[str, Tensor]:
        values, found, behind = self.codes, {}, False
        with torch.no_grad():
            for name, layer in self.classifier.named_children():
                if behind:
                    values = layer(values)
                    found[name] = values
                behind = behind or name == ENCODER
        return found


def beyond(bundle: Bundle, neuron: Neuron) -> Band:
    """High in the neuron's range: from its largest activation on clean references to one and a half times that."""
    if bundle.reference is None:
        raise ValueError(f"{bundle.name} has no reference images to take bands from")
    most = float(bundle.reference.read([neuron]).max())
    return Band(most, most + 0.5 * abs(most))
