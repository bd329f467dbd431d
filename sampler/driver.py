"""The main loop: runs a method step by step until it has n samples, has spent its budget or gives up."""

import time
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import torch

from inverset.contract.outcome import REACHED, SPENT
from inverset.contract.question import Budget, Question
from inverset.sampler import methods
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Outcome, Step, outcome

__all__ = ["answer", "question"]


def question(  # noqa: PLR0913 - the fields of a ``Question``
    problem: Problem,
    method: str,
    n: int,
    *,
    k: int | None = None,
    seed: int = 0,
    options: Mapping[str, Any] = MappingProxyType({}),
    budget: Budget = Budget(),  # noqa: B008 - frozen
) -> Question:
    """The question for n samples of a problem, by a method; without ``k`` as many codes at once as the method moves by default.

    Raises:
        ProblemError: the method does not exist.
    """
    bundle, at_once = problem.bundle, k or methods.get(method).default_k
    return Question(bundle.name, bundle.sha256, problem.targets, method, n, at_once, seed, options, budget)


def answer(problem: Problem, question: Question, state: Any = None) -> Iterator[Step]:
    """Answer a question step by step: the one path from a question to samples, for the service and for notebooks.

    Yields after every gradient evaluation of the batch; the last step carries the outcome. The caller owns progress, saving, cancelling
    and slicing: stop after any step, and go on later by passing that step's state. On the same device and versions the samples are then
    the same, bit for bit, as without the stop.

    Args:
        problem: the question's targets, under the loaded model.
        question: its method and options, and how much of what.
        state: of an earlier step, to go on from; None: from the beginning.

    Raises:
        ProblemError: the method does not exist or cannot answer this problem, or an option is invalid.
    """
    method, options = methods.get(question.method), methods.options(question.method, question.options)
    methods.check(question.method, problem)
    if state is None:
        random = torch.Generator().manual_seed(question.seed)
        state = method.init(problem, options, question.k, random)
    ended = None
    while ended is None:
        missing, started = question.n - state.tally.accepted, time.perf_counter()
        state, emission = method.step(problem, options, state)
        state = _clocked(state, started, question.n)
        ended = _ended(problem, question, state) or method.terminate(problem, options, state)
        yield Step(state, emission.first(missing), ended)


def _clocked(state: Any, started: float, n: int) -> Any:
    seconds = state.tally.seconds + time.perf_counter() - started
    return state._replace(tally=state.tally._replace(seconds=seconds, accepted=min(n, state.tally.accepted)))


def _ended(problem: Problem, question: Question, state: Any) -> Outcome | None:
    tally, budget = state.tally, question.budget
    if tally.accepted >= question.n:
        return outcome(problem, state, REACHED, f"{question.n} samples after {tally.steps} steps")
    if budget.gradient_evaluations is not None and tally.evaluations >= budget.gradient_evaluations:
        spent = f"{tally.evaluations:g} gradient evaluations"
        return outcome(problem, state, SPENT, f"{tally.accepted} samples after {spent}")
    if budget.seconds is not None and tally.seconds >= budget.seconds:
        return outcome(problem, state, SPENT, f"{tally.accepted} samples after {tally.seconds:.1f} seconds")
    return None
