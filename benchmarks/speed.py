"""Every method on the same question in one process: what a sample in band costs, and how much of it is not the networks."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.costs import bare, question
from inverset.contract.question import Budget
from inverset.sampler import driver, methods
from inverset.sampler.codes import Starts, draw_coordinates
from inverset.sampler.lagrangian import in_band
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Step

_EVERY = 10  # steps from one bare pass to the next, so that a busy machine slows both
WITHOUT_GRADIENT = ("rejection", "reference", "jittered-references")


@dataclass(frozen=True)
class Cost:
    """Of one method; None: it found nothing, or takes no gradient."""

    method: str
    samples: int  # in band
    evaluations: float
    seconds: float
    machinery: float | None  # share of the time that bare passes of the same batch do not take

    @property
    def evaluations_each(self) -> float | None:
        """Gradient evaluations a sample in band, a forward pass at its fraction."""
        return self.evaluations / self.samples if self.samples else None

    @property
    def seconds_each(self) -> float | None:
        """Seconds a sample in band."""
        return self.seconds / self.samples if self.samples else None


def costs(names: Sequence[str], n: int, budget: int) -> Iterator[Cost]:
    """Each method's cost of n samples in band, or of what it found with ``budget`` gradient evaluations a sample."""
    problem = question()
    for name in names:
        yield _cost(problem, name, n, budget)


def table(found: Sequence[Cost]) -> str:
    """As Markdown, with ratios to the first method."""
    lines = [
        "| method | in band | evaluations a sample | times | ms a sample | times | not the networks |",
        "|---|---|---|---|---|---|---|",
    ]
    first = found[0]
    for each in found:
        cells = [
            each.method,
            str(each.samples),
            _number(each.evaluations_each),
            _ratio(each.evaluations_each, first.evaluations_each),
            _number(each.seconds_each and 1000 * each.seconds_each),
            _ratio(each.seconds_each, first.seconds_each),
            "" if each.machinery is None else f"{each.machinery:.1%}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cost(problem: Problem, name: str, n: int, budget: int) -> Cost:
    k = methods.get(name).default_k
    limit = Budget(gradient_evaluations=budget * n)
    steps = driver.answer(problem, driver.question(problem, name, 10**6, budget=limit))
    result, seconds, passes = 0, 0.0, list[float]()
    start = draw_coordinates(problem, k, Starts(0.01, 0.3), torch.Generator().manual_seed(0))
    last: Step | None = None
    for number, last in enumerate(steps):
        result += int(in_band(problem, last.emission.activations).sum())
        if number % _EVERY == 0 and name not in WITHOUT_GRADIENT:
            passes.append(_seconds(problem, start))
        if result >= n:
            break
    if last is None:
        raise AssertionError("a run has a step")
    tally: Any = last.state.tally
    seconds = tally.seconds
    networks = tally.steps * sum(passes) / len(passes) if passes else None
    machinery = None if networks is None else max(0.0, 1 - networks / seconds)
    return Cost(name, result, tally.evaluations, seconds, machinery)


def _seconds(problem: Problem, start: torch.Tensor) -> float:
    began = time.perf_counter()
    bare(problem, start)
    return time.perf_counter() - began


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _ratio(value: float | None, first: float | None) -> str:
    return "" if not value or not first else f"{value / first:.2f}"
