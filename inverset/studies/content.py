"""What is in a row's images: the model's known factors, or the labels that another network gives them."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from inverset.contract.evidence import Evidence
from inverset.sampler.evaluation.figures import in_band
from inverset.sampler.problem import Problem
from inverset.studies.names import AS_ITS_CLASS, factor, label

_READ, _BATCH = 200, 50  # images of a set that are read; at once
_LEAST = 0.05  # of a set's images, from which a label is told

Shares = Mapping[str, float]


def read(problem: Problem, images: Tensor) -> tuple[Shares, Shares]:
    """Figures of samples (n, 3, h, w) uint8, and of natural images in the same bands: factors' means, else shares of labels.

    A label is told if it has a twentieth of either set. Both are empty where the model has neither factors nor another network with labels.
    """
    natural = naturals(problem)
    if problem.bundle.factors is not None:
        return _factors(problem, images), _factors(problem, natural)
    samples, others = _labels(problem, images), _labels(problem, natural)
    told = [name for name in samples | others if max(samples.get(name, 0), others.get(name, 0)) >= _LEAST]
    return (
        {label(name): samples.get(name, 0.0) for name in told if samples},
        {label(name): others.get(name, 0.0) for name in told if others},
    )


def agreement(evidence: Evidence) -> tuple[Shares, Shares, Shares]:
    """The share that another network puts into the first neuron's class: of samples, natural images, and these through G."""
    each = next(iter(evidence.agreement or ()), None)
    if each is None:
        return {}, {}, {}
    sides = (each.samples, each.natural, each.ceiling)
    first, second, third = ({} if side is None else {AS_ITS_CLASS: side} for side in sides)
    return first, second, third


def naturals(problem: Problem) -> Tensor | None:
    """Up to 200 natural images in all bands; None: there are none."""
    reference = problem.bundle.reference
    if reference is None:
        return None
    inside = in_band(problem, reference.read(problem.neurons)).nonzero()[:, 0]
    few = inside[_evenly(len(inside))]
    return reference.images(few.tolist()) if len(few) else None


def _factors(problem: Problem, images: Tensor | None) -> dict[str, float]:
    """Means of the known factors of images (n, 3, h, w) uint8."""
    factors = problem.bundle.factors
    if factors is None or images is None or not len(images):
        return {}
    means = factors.read(images).mean(dim=0).tolist()
    return {factor(name): mean for name, mean in zip(factors.names, means, strict=True)}


def _labels(problem: Problem, images: Tensor | None) -> dict[str, float]:
    """The share of each label among images (n, 3, h, w) uint8, the most frequent first."""
    labeller = problem.bundle.labeller
    if labeller is None or images is None or not len(images):
        return {}
    some = images[_evenly(len(images))]
    given = torch.cat([labeller.read(batch) for batch in some.split(_BATCH)])
    counts = given.bincount(minlength=len(labeller.labels))
    found: Sequence[int] = counts.argsort(descending=True, stable=True)[: int((counts > 0).sum())].tolist()
    return {labeller.labels[place]: float(counts[place]) / len(some) for place in found}


def _evenly(count: int) -> Tensor:
    return torch.linspace(0, count - 1, min(count, _READ)).round().long()
