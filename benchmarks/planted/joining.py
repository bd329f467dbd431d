"""Samples AND and OR neurons of two shortcuts, and counts which of the two the witness sees."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.planted import images
from benchmarks.planted.guess import SHOWN, seen
from benchmarks.planted.measured import encoded, painted
from benchmarks.planted.model import AND, GATES, OR, PAIRS, Parts
from benchmarks.planted.planting import logits
from benchmarks.planted.shortcuts import SHORTCUTS
from benchmarks.planted.trials import sampled
from inverset.sampler.problem import Band, Neuron, Problem, to_uint8

PAINTABLE = 0.9  # share of images with both shortcuts that G can paint so that the witness sees both
_SCENES = 200  # with each pair
_HIGH = (0.5, 1.0)  # quantiles of images with the shortcuts, between which a band lies


@dataclass(frozen=True)
class Joined:
    """Two shortcuts, sampled together."""

    method: str
    how: str  # AND or OR, and by what
    seed: int
    parts: tuple[str, ...]  # two shortcuts
    found: int
    both: float  # share of samples that show both
    first: float
    second: float
    paintable: float  # the same of images with both, as G paints them
    clean: int  # clean reference images in the bands


class Pair(NamedTuple):
    """Two shortcuts, and scenes that show them."""

    parts: tuple[str, str]
    activations: Tensor  # of their two neurons on scenes with both, with the first only, with the second only: (3, n, 2)
    paintable: float

    def bands(self) -> tuple[Band, ...]:
        """High in the two neurons' activations on images with both."""
        return tuple(_high(column) for column in self.activations[0].T)

    def least(self) -> Band:
        """Of the smaller of the two, likewise."""
        return _high(self.activations[0].amin(dim=1))

    def most(self) -> Band:
        """Of the larger of the two on images with one."""
        return _high(self.activations[1:].amax(dim=2).flatten())


def paintable(network: Parts) -> list[Pair]:
    """The pairs that G can paint, with what the network's neurons say of scenes that show them."""
    alone = {name: _codes(network, name) for name in SHORTCUTS}
    results = []
    for parts in PAIRS:
        both = _codes(network, *parts)
        repainted = to_uint8(painted(network.bundle.generator, both))
        seen_in_both = shares(network, parts, repainted)[0]
        if seen_in_both >= PAINTABLE:
            units = [SHORTCUTS.index(name) for name in parts]
            shown = (both, *(alone[name] for name in parts))
            output = torch.stack([logits(network.bundle.network, codes)[:, units] for codes in shown])
            results.append(Pair(parts, output, seen_in_both))
    return results


def joined(network: Parts, pairs: Sequence[Pair], method: str) -> Iterator[Joined]:
    """Each pair as an intersection of two neurons, as one AND neuron, and as one OR neuron."""
    for pair in pairs:
        for how, problem in _asked(network, pair).items():
            result = sampled(problem, method, network.seed)[0]
            both, first, second = shares(network, pair.parts, result)
            clean = problem.references_in_band
            yield Joined(
                method, how, network.seed, pair.parts, len(result), both, first, second, pair.paintable, clean
            )


def _asked(network: Parts, pair: Pair) -> Mapping[str, Problem]:
    two = [f"fc8:{name}" for name in pair.parts]
    return {
        "AND: two neurons": _problem(network, two, pair.bands()),
        "AND: one neuron, the minimum": _problem(
            network, [f"{GATES}:{AND.join(pair.parts)}"], [pair.least()]
        ),
        "OR: one neuron, the maximum": _problem(network, [f"{GATES}:{OR.join(pair.parts)}"], [pair.most()]),
    }


def _problem(network: Parts, names: Sequence[str], bands: Sequence[Band]) -> Problem:
    neurons = tuple(Neuron.parse(name, network.bundle) for name in names)
    return Problem(network.bundle, neurons, tuple(bands))


def _codes(network: Parts, *shortcuts: str) -> Tensor:
    """Of held-out scenes that show these."""
    return encoded(network.bundle.network, images.showing(images.HELD_OUT_SEED, _SCENES, *shortcuts).pixels)


def shares(network: Parts, parts: Sequence[str], found: Tensor) -> Sequence[float]:
    """Of samples (n, 3, 64, 64) uint8 that show both parts, the first, the second."""
    if not len(found):
        return 0.0, 0.0, 0.0
    read = seen(network.witness, found)[:, [SHORTCUTS.index(part) for part in parts]] > SHOWN
    return [float(each.float().mean()) for each in (read.all(dim=1), read[:, 0], read[:, 1])]


def _high(values: Tensor) -> Band:
    low, high = values.quantile(torch.tensor(_HIGH)).tolist()
    return Band(low, high)
