"""The main loop: runs a method step by step until it has n samples, has spent its budget or gives up."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from inverset.contract.outcome import REACHED, SPENT
from inverset.contract.question import Question
from inverset.sampler import methods
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Outcome, Step, outcome

__all__ = ["Request", "answer", "run"]


@dataclass(frozen=True)
class Request:
    """How many samples are required, and how much they may cost: what ``run`` needs of a question."""

    n: int
    k: int
    seed: int = 0
    gradient_evaluations: int | None = None
    seconds: float | None = None  # of sampling; the one limit that depends on the machine


def answer(problem: Problem, question: Question, state: Any = None) -> Iterator[Step]:
    """Answer a question: the one path from a question to samples, for the service and for notebooks. See ``run``.

    Args:
        problem: the question's targets, under the loaded model.
        question: its method and options, and how much of what.
        state: of an earlier step, to go on from; None: from the beginning.

    Raises:
        ProblemError: the method does not exist or cannot answer this problem, or an option is invalid.
    """
    budget = question.budget
    request = Request(question.n, question.k, question.seed, budget.gradient_evaluations, budget.seconds)
    options = methods.options(question.method, question.options)
    return run(problem, question.method, options, request, state)


def run(
    problem: Problem, method_name: str, options: Any, request: Request, state: Any = None
) -> Iterator[Step]:
    """Yield after every gradient evaluation of the batch; the last step carries the outcome.

    The caller owns progress, saving, cancelling and slicing: stop after any step, and go on later by passing that step's state.
    On the same device and versions the samples are then the same, bit for bit, as without the stop.

    Raises:
        ProblemError: the method cannot answer this problem.
    """
    method = methods.get(method_name)
    methods.check(method_name, problem)
    if state is None:
        random = torch.Generator().manual_seed(request.seed)
        state = method.init(problem, options, request.k, random)
    ended = None
    while ended is None:
        missing, started = request.n - state.tally.accepted, time.perf_counter()
        state, emission = method.step(problem, options, state)
        state = _clocked(state, started, request.n)
        ended = _ended(problem, request, state) or method.terminate(problem, options, state)
        yield Step(state, emission.first(missing), ended)


def _clocked(state: Any, started: float, n: int) -> Any:
    seconds = state.tally.seconds + time.perf_counter() - started
    return state._replace(tally=state.tally._replace(seconds=seconds, accepted=min(n, state.tally.accepted)))


def _ended(problem: Problem, request: Request, state: Any) -> Outcome | None:
    tally = state.tally
    if tally.accepted >= request.n:
        return outcome(problem, state, REACHED, f"{request.n} samples after {tally.steps} steps")
    if request.gradient_evaluations is not None and tally.evaluations >= request.gradient_evaluations:
        spent = f"{tally.evaluations:g} gradient evaluations"
        return outcome(problem, state, SPENT, f"{tally.accepted} samples after {spent}")
    if request.seconds is not None and tally.seconds >= request.seconds:
        return outcome(problem, state, SPENT, f"{tally.accepted} samples after {tally.seconds:.1f} seconds")
    return None
