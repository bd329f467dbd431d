"""What is in a row's images: the model's known factors, or the labels that another network gives them."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.evidence import Evidence
from inverset.sampler.codes import takes_images
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.evaluation.figures import in_band
from inverset.sampler.problem import Problem, to_uint8
from inverset.studies.names import AS_ITS_CLASS, factor, label

_READ, _BATCH = 200, 50  # images of a set that are read; at once
_LEAST = 0.05  # of a set's images, from which a label is listed

Shares = Mapping[str, float]


class Content(NamedTuple):
    """Figures of what is in images, by their names; empty where nothing is known."""

    samples: Shares
    natural: Shares
    ceiling: Shares  # natural images through the generator


def read(problem: Problem, images: Tensor) -> Content:
    """Figures of samples (n, 3, h, w) uint8 and of natural images in the same bands: factors' means, else shares of labels.

    A label is listed if it has a twentieth of one of the sets.
    """
    natural, painted = naturals(problem)
    if problem.bundle.factors is not None:
        return Content(_factors(problem, images), _factors(problem, natural), {})
    read = [_labels(problem, each) for each in (images, natural, painted)]
    listed = [
        name for name in dict.fromkeys(chain(*read)) if max(each.get(name, 0) for each in read) >= _LEAST
    ]
    return Content(*({label(name): each.get(name, 0.0) for name in listed if each} for each in read))


def agreement(evidence: Evidence) -> Content:
    """The share of each set to which another network gives the label of the first neuron."""
    each = next(iter(evidence.agreement or ()), None)
    sides = (None, None, None) if each is None else (each.samples, each.natural, each.ceiling)
    return Content(*({} if side is None else {AS_ITS_CLASS: side} for side in sides))


@torch.no_grad()
def naturals(problem: Problem) -> tuple[Tensor | None, Tensor | None]:
    """Up to 200 natural images in all bands, and these through the generator where it can be given images; None: there are none."""
    reference = problem.bundle.reference
    if reference is None:
        return None, None
    inside = in_band(problem, reference.read(problem.neurons)).nonzero()[:, 0]
    few = evenly(inside, _READ)
    if not len(few):
        return None, None
    images = reference.images(few.tolist())
    if problem.bundle.labeller is None or not takes_images(reference):
        return images, None
    device = problem.bundle.statistics.mean.device
    batches = reference.invert(few).split(_BATCH)
    return images, torch.cat([to_uint8(problem.forward(batch.to(device)).images) for batch in batches])


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
    some = evenly(images, _READ)
    given = torch.cat([labeller.read(batch) for batch in some.split(_BATCH)])
    counts = given.bincount(minlength=len(labeller.labels))
    found: Sequence[int] = counts.argsort(descending=True, stable=True)[: int((counts > 0).sum())].tolist()
    return {labeller.labels[place]: float(counts[place]) / len(some) for place in found}
