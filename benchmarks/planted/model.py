"""Networks that we planted something in, as models that may be sampled."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import save
from torch import Tensor, nn

from benchmarks.planted import ground
from benchmarks.planted.images import REFERENCE_SEED, Decorated, clean
from benchmarks.planted.measured import Measured, measured
from benchmarks.planted.planting import Planting, draw, plant, plant_parts
from benchmarks.planted.shortcuts import SHORTCUTS
from inverset.sampler.bundle import Bundle, CodeStatistics
from inverset.sampler.priors import Mixture
from inverset.sampler.problem import Band, Neuron
from inverset.sampler.zoo.scenes.bundle import ENCODER, to_network_input
from inverset.sampler.zoo.scenes.factors import CLASSES
from inverset.sampler.zoo.scenes.networks import Networks

GATES = "fc9"
AND, OR = "&", "|"
PAIRS = tuple(combinations(SHORTCUTS, 2))
GATE_NAMES = tuple(sign.join(pair) for sign in (AND, OR) for pair in PAIRS)


class Planted(NamedTuple):
    """A network, what was planted in it, and who judges its images."""

    bundle: Bundle
    planting: Planting
    witness: nn.Module
    known: Measured


class Parts(NamedTuple):
    """A network whose neurons are the shortcuts themselves, and AND and OR of every two; and who judges its images."""

    bundle: Bundle
    seed: int
    witness: nn.Module


def load(folder: Path, seed: int) -> Planted:
    """Plant once more with this seed, in the ground of ``folder``, which is measured where it was not yet.

    Raises:
        FileNotFoundError: the ground is not trained.
    """
    nets, planting = ground.load(folder), draw(seed)
    known, statistics = measured(nets, folder)
    plant(nets.classifier, known, planting, folder)
    bundle = _bundle(f"planted-{seed}", nets, known, statistics, {"fc8": CLASSES})
    return Planted(bundle, planting, nets.witness, known)


def load_parts(folder: Path, seed: int) -> Parts:
    """Teach a network of this seed to tell the shortcuts, in the ground of ``folder``. Raises as ``load``."""
    nets = ground.load(folder)
    known, statistics = measured(nets, folder)
    plant_parts(nets.classifier, known, seed, folder)
    nets.classifier.add_module(GATES, Gates())
    labels = {"fc8": SHORTCUTS, GATES: GATE_NAMES}
    bundle = _bundle(f"parts-{seed}", nets, known, statistics, labels)
    return Parts(bundle, seed, nets.witness)


def _bundle(
    name: str,
    nets: Networks,
    known: Measured,
    statistics: dict[str, Tensor],
    labels: Mapping[str, tuple[str, ...]],
) -> Bundle:
    trusted = _statistics(statistics)
    return Bundle(
        name=name,
        sha256=hashlib.sha256(save(nets.state_dict())).hexdigest(),
        network=nets.classifier,
        generator=nets.generator,
        preprocess=to_network_input,
        encoder=ENCODER,
        statistics=trusted,
        layers=tuple(labels),
        labels=labels,
        reference=CleanReference(nets.classifier, known.references),
        catalogue={"layers": [_described(layer, names) for layer, names in labels.items()]},
        prior=Mixture.fit(known.codes, trusted),
    )


def _described(layer: str, labels: Sequence[str]) -> dict[str, object]:
    return {"name": layer, "kind": "vector", "units": len(labels), "labels": list(labels)}


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


class Gates(nn.Module):
    """AND of two neurons is their minimum, OR their maximum: (k, 8) to (k, 28 + 28), in the order of ``GATE_NAMES``."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = (
            [SHORTCUTS.index(name) for name in side] for side in zip(*PAIRS, strict=True)
        )

    def forward(self, values: Tensor) -> Tensor:
        """All pairs at once."""
        left, right = values[:, self.left], values[:, self.right]
        return torch.cat([torch.minimum(left, right), torch.maximum(left, right)], dim=1)


@dataclass(frozen=True, eq=False)
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
        values, result, behind = self.codes, {}, False
        with torch.no_grad():
            for name, layer in self.classifier.named_children():
                if behind:
                    values = layer(values)
                    result[name] = values
                behind = behind or name == ENCODER
        return result


def beyond(bundle: Bundle, neuron: Neuron) -> Band:
    """High in the neuron's range: from its largest activation on clean references to one and a half times that."""
    if bundle.reference is None:
        raise ValueError(f"{bundle.name} has no natural images to take bands from")
    most = float(bundle.reference.read([neuron]).max())
    return Band(most, most + 0.5 * abs(most))
