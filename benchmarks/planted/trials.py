"""Samples every planted class high in its range by a method, and lets the witness guess."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from benchmarks.planted.guess import SHOWN, guesses, seen
from benchmarks.planted.model import Planted, beyond
from benchmarks.planted.shortcuts import SHORTCUTS
from inverset.contract.question import Budget
from inverset.sampler import driver
from inverset.sampler.problem import Neuron, Problem, ProblemError

IMAGES = 10  # of each neuron
GIVEN = (1, 3, 10)  # of them, shown at once
EVALUATIONS = 150  # of the gradient, at most, a sample asked for
HIGHEST = "highest references"  # no method of ours: what can be looked at without one


class Variant(NamedTuple):
    """A method asked in another way than as it comes."""

    method: str
    options: Mapping[str, Any] = {}
    evaluations: int = EVALUATIONS


NEAR = "calibrated from near"  # starts at the references nearest to the band only
VARIANTS = {
    NEAR: Variant("calibrated", {"scatter": 0.0}),
    "ppgn in band": Variant("ppgn", {"in_band": True}),  # the others of its samples do not count
    "paper three times as long": Variant("paper", evaluations=3 * EVALUATIONS),
}


@dataclass(frozen=True)
class Trial:
    """One planted class by one method."""

    method: str
    seed: int
    cls: str
    shortcut: str
    low: float
    high: float
    found: int  # samples
    outcome: str
    shown: float  # share of samples in which the witness sees the shortcut
    guessed: tuple[tuple[str, ...], ...]  # by each of GIVEN


def trials(planted: Planted, method: str, images: dict[tuple[int, str], Tensor]) -> Iterator[Trial]:
    """Every planted class in turn; what was sampled is left in ``images`` by seed and class."""
    seed = planted.planting.seed
    for name, shortcut in planted.planting.shortcut_of.items():
        neuron = Neuron.parse(f"fc8:{name}", planted.bundle)
        band = beyond(planted.bundle, neuron)
        result, outcome = sampled(Problem(planted.bundle, (neuron,), (band,)), method, seed)
        images[seed, name] = result
        read = seen(planted.witness, result)
        shown = float((read[:, SHORTCUTS.index(shortcut)] > SHOWN).float().mean()) if len(result) else 0.0
        answer = tuple(tuple(guesses(read, given)) for given in GIVEN)
        yield Trial(method, seed, name, shortcut, band.low, band.high, len(result), outcome, shown, answer)


def sampled(problem: Problem, method: str, seed: int) -> tuple[Tensor, str]:
    """Up to IMAGES samples (n, 3, 64, 64) uint8, and why there are no more."""
    if method == HIGHEST:
        return _highest(problem), ""
    variant = VARIANTS.get(method, Variant(method))
    budget = Budget(gradient_evaluations=variant.evaluations * IMAGES)
    parts, why = [torch.zeros(0, 3, 64, 64, dtype=torch.uint8)], ""
    try:
        question = driver.question(
            problem, variant.method, IMAGES, seed=seed, options=variant.options, budget=budget
        )
        for step in driver.answer(problem, question):
            parts.append(step.emission.images)
            why = step.outcome.reason if step.outcome else why
    except ProblemError as error:  # a method may not know such a model or band
        why = str(error)
    return torch.cat(parts), why


def _highest(problem: Problem) -> Tensor:
    """The clean references nearest to the band, which lies above them all."""
    if problem.bundle.reference is None:
        raise ValueError(f"{problem.bundle.name} has no natural images")
    return problem.bundle.reference.images(problem.nearest_references[:IMAGES].tolist())
