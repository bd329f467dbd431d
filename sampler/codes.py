"""Codes and their whitened coordinates: where the optimiser works, and where it starts."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from inverset.contract.options import choice
from inverset.sampler.bundle import Reference
from inverset.sampler.problem import Problem


def to_codes(problem: Problem, coordinates: Tensor) -> Tensor:
    """The codes project(mean + V diag(scales) z) of z (k, m): (k, d). The projection clips to the code's own bounds."""
    return problem.bundle.statistics.unwhitened(coordinates)


def to_coordinates(problem: Problem, codes: Tensor) -> Tensor:
    """The coordinates z of codes (k, d): (k, m), in standard deviations along the principal axes."""
    return problem.bundle.statistics.whitened(codes)


_TELLING = 50  # so many references in band show what it holds; evidence measures coverage from as many on


# Share of the references nearest to the bands, from which starts are drawn where fewer are in band.
_SHARE = 0.01
AUTO = "auto"  # the references in band, or nearest to it, and any where hardly one is in band
SOURCES = ("prior", "any", "band")
NOISE = "noise"  # of methods that were published so


class Starts(NamedTuple):
    """The distribution of starting codes."""

    share: float = _SHARE  # of ``AUTO``: a start is one of this share of all references, or of those in band if these are more
    # Standard deviation of what is added to a reference's code, in those of reference codes.
    noise: float = 0.0
    scatter: float = 0.0  # of ``AUTO``: odds that a start is any reference, where none is in band; from 50 in band on it is 0
    source: str = AUTO  # or one of ``SOURCES``


def starts_option(default: str, *others: str) -> Any:
    """The option ``starts`` of a method; ``others`` are the method's own choices."""
    doc = "where codes start: random codes of the prior, any natural image, or one in the band (the nearest ones if there are too few)"
    return choice(default, doc, (*others, *SOURCES))


def draw_coordinates(problem: Problem, count: int, starts: Starts, random: torch.Generator) -> Tensor:
    """Random starts z: (count, m), draws of the prior or codes of reference images with a little noise.

    Where hardly any reference is in band, nothing is known of what the band holds: the nearest references show what leads
    there from *their* side only, so that with ``AUTO`` starts scatter over all. Without references, and where G can be given no
    image, all are draws of the prior.
    """
    reference, scales = problem.bundle.reference, problem.bundle.statistics.scales
    if starts.source == "prior" or reference is None or not takes_images(reference):
        return _from_prior(problem, count, random)
    wobble = torch.randn(count, len(scales), generator=random).to(scales)
    rows = _rows(problem, count, starts, random)
    return to_coordinates(problem, reference.invert(rows)) + starts.noise * wobble


def _from_prior(problem: Problem, count: int, random: torch.Generator) -> Tensor:
    prior, scales = problem.bundle.prior, problem.bundle.statistics.scales
    if prior is None:  # a Gaussian by the code statistics
        return torch.randn(count, len(scales), generator=random).to(scales)
    with torch.no_grad():
        codes = prior.decode(torch.randn(count, prior.dimension, generator=random).to(scales))
    return to_coordinates(problem, codes)


def _rows(problem: Problem, count: int, starts: Starts, random: torch.Generator) -> Tensor:
    """The numbers of the reference images that codes start from: (count,) int64."""
    near, inside = problem.nearest_references, problem.references_in_band
    share = {"any": 1.0, "band": 0.0 if inside >= count else _SHARE, AUTO: starts.share}[starts.source]
    pool = near[: max(count, inside, int(share * len(near)))]
    rows = pool[torch.randint(len(pool), (count,), generator=random)]
    odds = starts.scatter * max(0.0, 1 - inside / _TELLING) if starts.source == AUTO else 0.0
    if odds > 0:
        anywhere = torch.rand(count, generator=random) < odds
        rows = torch.where(anywhere, near[torch.randint(len(near), (count,), generator=random)], rows)
    return rows


_MARGIN = 0.15  # share of the half width at each side that is not aimed at


def draw_targets(problem: Problem, count: int, random: torch.Generator) -> Tensor:
    """Target activations in band, evenly spread but for a margin at each end: (count, m)."""
    mean = problem.bundle.statistics.mean
    low, high = problem.bounds(mean)
    aims = torch.rand(count, len(low), generator=random).to(mean)
    inset = _MARGIN / 2 * (high - low)
    targets: Tensor = low + inset + aims * (high - low - 2 * inset)
    return targets


def takes_images(reference: Reference) -> bool:
    """Whether the model has codes that G maps to reference images."""
    return reference.invert(torch.arange(0)).shape[1] > 0


CAFFENET_DEVIATION = 3.74  # of an entry of CaffeNet's fc6 over ImageNet


def caffenet_unit(problem: Problem) -> Tensor:
    """The size of one CaffeNet fc6 unit in this model's codes, for methods whose constants were chosen for fc6: ()."""
    return problem.bundle.statistics.deviations.square().mean().sqrt() / CAFFENET_DEVIATION


def start_codes(problem: Problem, count: int, source: str, random: torch.Generator) -> Tensor:
    """Codes (count, d) to climb from: from one of the ``SOURCES``, or ``NOISE``, which is N(0, I) in CaffeNet's units."""
    if source != NOISE:
        return to_codes(problem, draw_coordinates(problem, count, Starts(source=source), random))
    mean = problem.bundle.statistics.mean
    return caffenet_unit(problem) * torch.randn(count, len(mean), generator=random).to(mean)
