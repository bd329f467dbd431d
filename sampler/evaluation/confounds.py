"""The confound alarm: what images in band have in common although the neuron does not need it.

Draws of the prior that lie in band show everything that goes with the activation. The smallest changes that bring other images
there show what the neuron asks for. What the first have in excess and the second do not add is a confound.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.evidence import Confound
from inverset.contract.question import Budget
from inverset.sampler import driver, judges
from inverset.sampler.bundle import Factors
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Emission

_OF, _AGAINST = "conditional", "counterfactual"  # methods
_LEAST_PAIRS, _MOST_PAIRS = (
    24,
    48,
)  # counterfactuals that are asked for: as many as there are samples, within these
_FEWEST = 16  # samples, or counterfactuals, below which nothing is said
_EVALUATIONS = 19  # gradient evaluations that a counterfactual may take
_AT_ONCE, _FEWEST_AT_ONCE = 24, 4  # counterfactuals that are changed together, and of large images
_PIXELS_AT_ONCE = 24 * 128**2  # of all of these: gradients through a large network take much memory
_SHOWN = 8  # pairs that are kept as pictures
_APART = (
    0.6  # standard deviations of a factor between images in band and all images: less is not worth a word
)
_NEEDED = (
    0.4  # share of that which the smallest change adds to a factor, from which on it is what the neuron needs
)
_NEEDED_OF_ALL = (
    0.75  # the same of the one direction in which a judge sees images in band apart: causes lie in it too
)
_APART_OF_ALL = 1.2  # and along it: where it tells images in band less apart, what the neuron needs is often not seen in it
_CERTAIN = 2.0  # standard errors by which it must be less than that
_DIRECTION = "what sets these images apart"
_BATCH = 200


class Alarm(NamedTuple):
    """What was found, and counterfactuals to show beside it."""

    findings: tuple[Confound, ...]  # the strongest first; empty: none
    starts: Tensor  # (p, 3, h, w) uint8
    ends: Tensor  # (p, 3, h, w) uint8: what became of them


class _Traits(NamedTuple):
    """Numbers that are read off images."""

    kind: str
    apart: float  # standard deviations of excess that are worth a word
    needed: float  # share of the excess that the smallest change adds to what a neuron needs
    names: tuple[str, ...]
    scales: Tensor  # (t,) standard deviations over natural images
    samples: Tensor  # (n, t)
    population: Tensor  # (r, t)
    starts: Tensor  # (p, t)
    ends: Tensor  # (p, t)


class _Means(NamedTuple):
    """Means of a trait over four sets of images."""

    in_band: float
    population: float
    start: float
    counterfactual: float


def find(problem: Problem, images: Tensor, method: str | None) -> Alarm | None:
    """Confounds of samples, with counterfactual pairs to show beside them.

    Args:
        problem: what was asked.
        images: samples (n, 3, h, w) uint8.
        method: what made them; only of `conditional` they are what images in band look like.

    Returns:
        None where another method made them, there are too few of them or of counterfactuals to tell, or nothing to tell them by.
    """
    if method != _OF or len(images) < _FEWEST:
        return None
    pairs = min(_MOST_PAIRS, max(_LEAST_PAIRS, len(images)))
    found = _counterfactuals(problem, pairs, images.shape[2] * images.shape[3])
    if len(found.images) < _FEWEST:
        return None
    traits = _traits(problem, images, found)
    if traits is None:
        return None
    return Alarm(_findings(traits), found.starts[:_SHOWN], found.images[:_SHOWN])


def _counterfactuals(problem: Problem, count: int, pixels: int) -> Emission:
    """Counterfactuals, at most ``count``; ``pixels`` are those of an image."""
    budget = Budget(gradient_evaluations=_EVALUATIONS * count)
    k = max(_FEWEST_AT_ONCE, min(_AT_ONCE, _PIXELS_AT_ONCE // pixels))
    question = driver.question(problem, _AGAINST, count, k=k, budget=budget)
    return Emission.joined(step.emission for step in driver.answer(problem, question))


def _traits(problem: Problem, images: Tensor, found: Emission) -> _Traits | None:
    """The images' known factors, else one direction of the judge's space; None: there is neither."""
    factors = problem.bundle.factors
    if factors is not None:
        samples, starts, ends = (_read(factors, each) for each in (images, found.starts, found.images))
        return _Traits(
            "factor", _APART, _NEEDED, factors.names, factors.scales, samples, starts, starts, ends
        )
    space = judges.space(problem.bundle)
    if space is None:
        return None
    samples, starts, ends = (space.read(each) for each in (images, found.starts, found.images))
    apart = torch.nn.functional.normalize(samples.mean(dim=0) - starts.mean(dim=0), dim=0)[:, None]
    scale = (space.references @ apart).std(dim=0).clamp_min(1e-6)
    along = (samples @ apart, starts @ apart, starts @ apart, ends @ apart)
    return _Traits("judge direction", _APART_OF_ALL, _NEEDED_OF_ALL, (_DIRECTION,), scale, *along)


@torch.no_grad()
def _read(factors: Factors, images: Tensor) -> Tensor:
    return torch.cat([factors.read(batch).cpu() for batch in images.split(_BATCH)])


def _findings(traits: _Traits) -> tuple[Confound, ...]:
    excess = (traits.samples.mean(dim=0) - traits.population.mean(dim=0)) / traits.scales
    novelty = (traits.ends - traits.starts) / traits.scales
    gained = novelty.mean(dim=0) * excess.sign()
    error = novelty.std(dim=0) / len(novelty) ** 0.5
    spare = traits.needed * excess.abs() - gained
    alarming = (excess.abs() >= traits.apart) & (spare >= _CERTAIN * error)
    strongest = sorted(
        alarming.nonzero()[:, 0].tolist(), key=lambda trait: -abs(round(float(excess[trait]), 3))
    )
    return tuple(_finding(traits, trait, float(excess[trait])) for trait in strongest)


def _finding(traits: _Traits, trait: int, excess: float) -> Confound:
    name = traits.names[trait]
    sets = (traits.samples, traits.population, traits.starts, traits.ends)
    means = _Means(*(round(float(values[:, trait].mean()), 4) for values in sets))
    said = _of_a_factor if traits.kind == "factor" else _of_a_direction
    sentence = said(name, excess, means)
    return Confound(name, traits.kind, *means, apart=round(excess, 3), sentence=sentence)


def _of_a_factor(name: str, excess: float, means: _Means) -> str:
    more = "more" if excess > 0 else "less"
    return (
        f"Images with this activation have {more} {name} than others ({means.in_band:.2f}; others {means.population:.2f}), but the "
        f"neuron does not need it: the smallest change that brings an image into the band changes it from {means.start:.2f} to "
        f"{means.counterfactual:.2f}."
    )


def _of_a_direction(name: str, excess: float, means: _Means) -> str:  # noqa: ARG001
    share = (means.counterfactual - means.start) / (means.in_band - means.population)
    return (
        f"Images with this activation have something in common that the neuron does not need: of {name} from others, to the judge, the "
        f"smallest change that brings an image into the band adds only {max(0.0, share):.0%}."
    )
