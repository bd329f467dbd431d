"""Codes and their natural coordinates: where the optimiser lives, and where it starts."""

from typing import NamedTuple

import torch
from torch import Tensor

from sampler.bundle import Reference
from sampler.problem import Problem


def to_codes(problem: Problem, coordinates: Tensor) -> Tensor:
    """c = project(mean + V diag(scales) z) for z (k, m): (k, d). The projection keeps the code's own bounds."""
    return problem.bundle.statistics.unwhitened(coordinates)


def to_coordinates(problem: Problem, codes: Tensor) -> Tensor:
    """z of codes (k, d): (k, m), in standard deviations along the principal axes."""
    return problem.bundle.statistics.whitened(codes)


_TELLING = 50  # so many references in band show what it holds; evidence measures coverage from as many on


class Starts(NamedTuple):
    """Which reference images codes start from."""

    share: float  # of all references, the nearest to the bands: a start is one of them, or of those in band if these are more
    noise: float  # standard deviation of what is added, in those of reference codes
    scatter: float = (
        0.0  # odds that a start is any reference image, where none is in band; from 50 in band on it is 0
    )


def draw_coordinates(problem: Problem, count: int, starts: Starts, random: torch.Generator) -> Tensor:
    """Fresh starts z: (count, m): codes of reference images with a little noise.

    Where hardly any reference is in band, nothing is known of what the band holds: the nearest references show what leads
    there from *their* side only, so that starts scatter over all. Without references, and where G can be given no image, they are
    draws from the code statistics.
    """
    statistics, reference = problem.bundle.statistics, problem.bundle.reference
    wobble = torch.randn(count, len(statistics.scales), generator=random).to(statistics.mean)
    if reference is None or not takes_images(reference):
        return wobble
    near = problem.nearest_references
    pool = near[: max(count, problem.references_in_band, int(starts.share * len(near)))]
    rows = pool[torch.randint(len(pool), (count,), generator=random)]
    odds = starts.scatter * max(0.0, 1 - problem.references_in_band / _TELLING)
    if odds > 0:
        anywhere = torch.rand(count, generator=random) < odds
        rows = torch.where(anywhere, near[torch.randint(len(near), (count,), generator=random)], rows)
    return to_coordinates(problem, reference.invert(rows)) + starts.noise * wobble


def takes_images(reference: Reference) -> bool:
    """Whether there are codes that G makes reference images of."""
    return reference.invert(torch.arange(0)).shape[1] > 0


_CAFFENET_DEVIATION = 3.74  # of an entry of CaffeNet's fc6 over ImageNet


def caffenet_unit(problem: Problem) -> Tensor:
    """How large 1 is in this model's codes, for methods whose numbers were chosen for CaffeNet's fc6: ()."""
    return problem.bundle.statistics.deviations.square().mean().sqrt() / _CAFFENET_DEVIATION


def noise_codes(problem: Problem, count: int, random: torch.Generator) -> Tensor:
    """N(0, I) in those units, where such methods start: (count, d)."""
    mean = problem.bundle.statistics.mean
    return caffenet_unit(problem) * torch.randn(count, len(mean), generator=random).to(mean)
