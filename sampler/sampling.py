"""One call for notebooks: the whole run in this process, without a server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inverset.contract.encoding import encode
from inverset.contract.errors import ProblemError
from inverset.contract.neurons import named_twice
from inverset.contract.question import Budget, Question, Target, names, targets
from inverset.sampler import driver, methods, zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation.conclusion import OnProgress, conclude
from inverset.sampler.evaluation.confounds import Alarm
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Emission, Outcome, Tally

KNOWN = {"model", "neurons", "n", "k", "seed", "method", "options", "budget"}


@dataclass(frozen=True)
class Result:
    """A finished run; n may be less than asked, the outcome says why."""

    images: Tensor  # (n, 3, h, w) uint8
    codes: Tensor  # c: (n, d)
    features: Tensor  # E(x): (n, e)
    activations: Tensor  # f(x): (n, m)
    steps: Tensor  # (n,) int64
    parents: Tensor  # (n,) int64: the sample that each walked on from; -1: none
    starts: Tensor  # (n, 3, h, w) uint8: the image that a counterfactual changed; (n, 0) of other methods
    start_activations: Tensor  # (n, m): f of that image; (n, 0) of other methods
    targets: tuple[Target, ...]  # m
    outcome: dict[str, Any]
    tally: dict[str, float]  # the run's counts, by the names of ``Tally``
    evidence: dict[str, Any] | None  # None: there is no sample
    alarm: Alarm | None = None  # what goes with the activation and is not needed; None: nobody looked

    @property
    def samples(self) -> Emission:
        """The samples' columns."""
        return Emission(*(getattr(self, column) for column in Emission._fields))

    @property
    def neurons(self) -> list[str]:
        """The canonical names of the neurons, m."""
        return [*names(self.targets)]

    @property
    def ranges(self) -> list[list[float] | None]:
        """Each neuron's [low, high], m; None: any activation."""
        return [target.band.pair for target in self.targets]


def sample(
    bundle: Bundle,
    spec: Question | Mapping[str, Any],
    device: str | None = None,
    on_progress: Callable[[Tally, Emission], object] | None = None,
    on_evidence: OnProgress = lambda *_: None,
    own: Path | None = None,
) -> Result:
    """Sample an inverse set or an intersection.

    Args:
        bundle: a model, from ``zoo.load``.
        spec: as in a job: {"neurons": [{"neuron": "fc8:volcano", "range": [2.0, 5.0]}], "n": 100, "seed": 0, ...};
            ranges and k in numbers (``ramp`` finds a good k); without a range for a method that needs none. Or a ``Question``.
        device: where to compute, if not where the bundle is: it is loaded there by its name.
        on_progress: called after every step.
        on_evidence: called while the samples are measured.
        own: the folder of its ``models.toml``, where it is a model of one's own and has to be loaded elsewhere.

    Raises:
        ProblemError: a neuron, a range, a method or an option makes no sense.
    """
    if device is not None and torch.device(device).type != bundle.statistics.mean.device.type:
        bundle = zoo.load(bundle.name, device, own)
    question = spec if isinstance(spec, Question) else question_of(bundle, spec)
    problem = Problem.of(bundle, question.targets)
    emissions, tally, ended = [], Tally(), None
    for step in driver.answer(problem, question):
        emissions.append(step.emission)
        tally, ended = step.state.tally, step.outcome
        if on_progress is not None:
            on_progress(tally, step.emission)
    return _result(problem, question.method, emissions, (tally, ended), on_evidence)


def question_of(bundle: Bundle, spec: Mapping[str, Any]) -> Question:
    """The question that a notebook's ``spec`` asks, see ``sample``.

    Raises:
        ProblemError: a neuron, a range, a method or a number makes no sense.
    """
    if unknown := set(spec) - KNOWN:
        raise ProblemError(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(sorted(KNOWN))}")
    if not spec.get("neurons"):
        raise ProblemError("you named no neuron")
    method = spec.get("method") or methods.DEFAULT
    n, k = spec.get("n", 100), spec.get("k") or methods.get(method).default_k
    if n < 1 or k < 1:
        raise ProblemError(f"n and k are at least 1, not {n} and {k}")
    return Question(
        model=bundle.name,
        sha256=bundle.sha256,
        targets=_targets(bundle, targets(spec.get("neurons") or ())),
        method=method,
        n=n,
        k=k,
        seed=spec.get("seed", 0),
        options=spec.get("options") or {},
        budget=Budget(**(spec.get("budget") or {})),
    )


def _targets(bundle: Bundle, asked: Sequence[Target]) -> tuple[Target, ...]:
    """Targets by the canonical names of their neurons."""
    found = Problem.of(bundle, asked).targets
    for number, target in enumerate(found):
        if target.neuron in names(found[:number]):
            raise ProblemError(named_twice(target.neuron))
    return found


def _result(
    problem: Problem,
    method: str,
    emissions: list[Emission],
    ended: tuple[Tally, Outcome | None],
    on_evidence: OnProgress,
) -> Result:
    found = Emission.joined(emissions)
    counts, why = ended[0]._asdict(), ended[1]
    concluded = None
    if len(found.steps):
        concluded = conclude(problem, found, counts, method, on_progress=on_evidence)
    return Result(
        *found,
        targets=problem.targets,
        outcome={} if why is None else why._asdict(),
        tally=counts,
        evidence=None if concluded is None else encode(concluded.evidence),
        alarm=None if concluded is None else concluded.alarm,
    )
