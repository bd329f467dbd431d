"""What counterfactuals changed: codes, units and factors of samples beside those of the images that they began as."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.evidence import Change
from inverset.contract.evidence import Changes as Summary
from inverset.sampler.bundle import Bundle
from inverset.sampler.codes import to_coordinates
from inverset.sampler.evaluation.sample_details import UnitActivations
from inverset.sampler.problem import Neuron, Problem, read_images

_BATCH = 200
TOP = 5  # units and factors that are told of


class Pairs(NamedTuple):
    """Samples and what they began as."""

    starts: Tensor  # (n, 3, h, w) uint8
    images: Tensor  # (n, 3, h, w) uint8
    features: Tensor  # E(x) of the images: (n, e)


class Sides(NamedTuple):
    """Quantities of n samples before the change and after it, with what they vary by over natural images."""

    names: tuple[str, ...]  # q of them
    before: Tensor  # (n, q)
    after: Tensor  # (n, q)
    scales: Tensor  # (q,) standard deviations, all above 0

    @property
    def deviations(self) -> Tensor:
        """By how much each changed, in standard deviations: (n, q)."""
        return (self.after - self.before) / self.scales

    def furthest(self) -> Tensor:
        """Of each sample the quantities that changed most, the first furthest: (n, t) int64, t at most TOP."""
        return self.deviations.abs().topk(min(TOP, len(self.names)), dim=1).indices


class Changes(NamedTuple):
    """What n counterfactuals changed."""

    distances: Tensor | None  # (n,) between codes, in their standard deviations; None: images have no codes
    units: Sides  # of those that may stand out, without the neurons that were asked
    factors: Sides | None  # None: nothing is known of the model's images


def compare(problem: Problem, pairs: Pairs, after: UnitActivations) -> Changes:
    """What counterfactuals changed, given the units' activations on the samples."""
    asked = (*problem.neurons, *after.units)
    read = [read_images(problem.bundle, asked, batch) for batch in pairs.starts.split(_BATCH)]
    before, began = (torch.cat([each[at].cpu() for each in read]) for at in (0, 1))
    return Changes(
        distances(problem, began, pairs.features),
        units(problem, after.units, before[:, len(problem.neurons) :], after.values),
        factors(problem.bundle, pairs.starts, pairs.images),
    )


def units(problem: Problem, candidates: Sequence[Neuron], before: Tensor, after: Tensor) -> Sides:
    """The candidates' activations (n, u) on starts and on samples, but those of the neurons that were asked."""
    kept = [at for at, neuron in enumerate(candidates) if neuron not in problem.neurons]
    names = tuple(str(candidates[at]) for at in kept)
    scales = before.new_tensor([problem.bundle.statistics_of(name).sd for name in names])
    return Sides(names, before[:, kept], after[:, kept], scales)


def factors(bundle: Bundle, starts: Tensor, images: Tensor) -> Sides | None:
    """What is known to be behind starts and samples, each (n, 3, h, w) uint8; None: nothing is."""
    known = bundle.factors
    if known is None:
        return None
    return Sides(tuple(known.names), known.read(starts), known.read(images), known.scales)


def distances(problem: Problem, starts: Tensor, samples: Tensor) -> Tensor | None:
    """How far features E(x) (n, e) of samples lie from those of their starts: (n,), root mean square over the codes' axes.

    In standard deviations along each, so that two images drawn at random lie about 1.4 apart. None: E(x) is no code.
    """
    statistics = problem.bundle.statistics
    if statistics.cycle_limit is None or starts.shape[1] != len(statistics.mean):
        return None
    apart = to_coordinates(problem, samples) - to_coordinates(problem, starts)
    return apart.square().mean(dim=1).sqrt().cpu()


def summary(found: Changes) -> Summary:
    """What changed on the average: the distances' mean, and the quantities whose means changed most."""
    return Summary(
        None if found.distances is None else float(found.distances.mean()),
        _means(found.units),
        () if found.factors is None else _means(found.factors),
    )


def _means(sides: Sides) -> tuple[Change, ...]:
    before, after = sides.before.mean(dim=0), sides.after.mean(dim=0)
    apart = (after - before) / sides.scales
    order = apart.abs().argsort(descending=True, stable=True)[:TOP]
    return tuple(
        Change(sides.names[at], float(before[at]), float(after[at]), float(apart[at]))
        for at in order.tolist()
    )


def stacked(sides: Sides) -> dict[str, Tensor]:
    """Of each sample the quantities that changed most: places in the names, before, after, in standard deviations, each (n, t)."""
    rows = sides.furthest()
    columns = {"before": sides.before, "after": sides.after, "sd": sides.deviations}
    return {"rows": rows} | {name: torch.gather(values, 1, rows) for name, values in columns.items()}
