"""Samples a neuron by every method, and counts what the samples show of cause and confound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.confounds.neurons import Planted
from benchmarks.confounds.reader import Reader
from inverset.contract.question import Budget
from inverset.sampler import driver
from inverset.sampler.evaluation.confounds import Alarm as Said
from inverset.sampler.lagrangian import in_band
from inverset.sampler.problem import Problem, ProblemError
from inverset.sampler.steps import Emission, Tally

EXEMPLARS, CONDITIONAL, COUNTERFACTUAL = "reference", "conditional", "counterfactual"
METHODS = (EXEMPLARS, "jittered-references", "calibrated", CONDITIONAL, COUNTERFACTUAL, "paper")
SAMPLES = 60
EVALUATIONS = 60  # a sample, at most


class Sampled(NamedTuple):
    """A finished run of a method."""

    emission: Emission
    tally: Tally
    outcome: str


@dataclass(frozen=True)
class Row:
    """One neuron by one method."""

    neuron: str
    kind: str
    share: float
    how: str
    need: str
    seed: int
    method: str
    found: int
    evaluations: float  # a sample
    cause: float  # share of the samples that show it, by the reader
    confound: float
    start_confound: float  # of the images that were changed; not a number for methods that change none
    moved: int  # samples whose start was out of band: all, for methods without starts
    outcome: str


def sampled(problem: Problem, method: str, seed: int, count: int = SAMPLES) -> Sampled:
    """Up to so many samples.

    Raises:
        ProblemError: the method cannot answer.
    """
    budget = Budget(gradient_evaluations=EVALUATIONS * count)
    question = driver.question(problem, method, count, seed=seed, budget=budget)
    emissions, tally, why = [], Tally(), ""
    for step in driver.answer(problem, question):
        emissions.append(step.emission)
        tally, why = step.state.tally, step.outcome.reason if step.outcome else why
    return Sampled(Emission.joined(emissions), tally, why)


def counted(planted: Planted, method: str, seed: int, run: Sampled, problem: Problem, reader: Reader) -> Row:
    """What the samples of a run show. Of counterfactuals only those count that began outside the band."""
    moved = moved_of(problem, run.emission)
    shown, pair = reader.read(run.emission.images[moved]), planted.pair
    starts = run.emission.starts[moved]
    before = reader.read(starts) if starts.dim() == 4 else torch.zeros(0, len(reader.names))
    return Row(
        planted.name, pair.kind, pair.share, pair.how, planted.need, seed, method,
        found=len(moved),
        evaluations=run.tally.evaluations / max(1, len(moved)),
        cause=_share(pair.cause.present(shown)),
        confound=_share(pair.confound.present(shown)),
        start_confound=_share(pair.confound.present(before)),
        moved=int(moved.sum()),
        outcome=run.outcome,
    )  # fmt: skip


def moved_of(problem: Problem, emission: Emission) -> Tensor:
    """Which samples began outside the band (n,) bool; all of methods without starts."""
    before = emission.start_activations
    if before.shape[1] == 0:
        return torch.ones(len(emission.steps), dtype=torch.bool)
    return ~in_band(problem, before)


def _share(present: Tensor) -> float:
    return float(present.float().mean()) if len(present) else float("nan")


class Alarm(NamedTuple):
    """What the alarm said of one neuron."""

    neuron: str
    kind: str
    share: float
    how: str
    need: str
    seed: int
    eyes: str  # what it could look with: FACTORS or JUDGE
    names: tuple[str, ...]  # of the entries
    word: str  # of the verdict on the conditional samples

    @property
    def confound(self) -> str:
        """The planted one."""
        return self.neuron.split("-")[1]

    @property
    def right(self) -> bool:
        """Whether it named the confound that the neuron does not need, or kept silent about the one that it needs."""
        named = self.confound in self.names
        return named if self.need == "alone" else not named


FACTORS, JUDGE = "factors", "judge"


def alarm(planted: Planted, seed: int, eyes: str, said: Said | None, word: str) -> Alarm:
    """As a row; one that could not look says nothing."""
    pair, entries = planted.pair, said.findings if said else ()
    return Alarm(
        planted.name, pair.kind, pair.share, pair.how, planted.need, seed, eyes,
        tuple(each.name for each in entries), word,
    )  # fmt: skip


def answered(problem: Problem, asked: Sequence[str], seed: int, count: int = SAMPLES) -> dict[str, Sampled]:
    """Every method that there is and that can answer."""
    result = {}
    for method in asked:
        try:
            result[method] = sampled(problem, method, seed, count)
        except ProblemError as error:
            result[method] = Sampled(_nothing(problem), Tally(), str(error))
    return result


def _nothing(problem: Problem) -> Emission:
    width = len(problem.neurons)
    images, whole = torch.zeros(0, 3, 64, 64, dtype=torch.uint8), torch.zeros(0, dtype=torch.int64)
    return Emission(
        images, torch.zeros(0, 0), torch.zeros(0, 0), torch.zeros(0, width), whole, whole, torch.zeros(0, 0),
        torch.zeros(0, 0),
    )  # fmt: skip
