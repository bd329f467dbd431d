"""One call for notebooks: the whole run in this process, without a server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inverset.contract.encoding import encode
from inverset.contract.errors import InvalidSpec, ProblemError
from inverset.contract.question import Question, Target, names
from inverset.contract.spec import JobSpec
from inverset.sampler import driver, questions, zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation.conclusion import OnProgress, conclude
from inverset.sampler.evaluation.confounds import Alarm
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Emission, Outcome, Tally

KNOWN = {"model", "neurons", "n", "k", "seed", "method", "options", "budget"}


@dataclass(frozen=True)
class Result:
    """A finished run; n may be less than asked, the outcome says why."""

    samples: Emission  # the columns of all n
    targets: tuple[Target, ...]  # m
    outcome: dict[str, Any]
    tally: dict[str, float]  # the run's counts, by the names of ``Tally``
    evidence: dict[str, Any] | None  # None: there is no sample
    alarm: Alarm | None = None  # what goes with the activation and is not needed; None: not measured

    @property
    def images(self) -> Tensor:
        """x: (n, 3, h, w) uint8."""
        return self.samples.images

    @property
    def codes(self) -> Tensor:
        """c: (n, d)."""
        return self.samples.codes

    @property
    def features(self) -> Tensor:
        """E(x): (n, e)."""
        return self.samples.features

    @property
    def activations(self) -> Tensor:
        """f(x): (n, m)."""
        return self.samples.activations

    @property
    def steps(self) -> Tensor:
        """The step that emitted each sample: (n,) int64."""
        return self.samples.steps

    @property
    def parents(self) -> Tensor:
        """The sample that each walked on from; -1: none. (n,) int64."""
        return self.samples.parents

    @property
    def starts(self) -> Tensor:
        """The image that a counterfactual changed: (n, 3, h, w) uint8; (n, 0) of other methods."""
        return self.samples.starts

    @property
    def start_activations(self) -> Tensor:
        """f of that image: (n, m); (n, 0) of other methods."""
        return self.samples.start_activations

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
        spec: the JSON of a job: {"neurons": [{"neuron": "fc8:volcano", "range": {"quantiles": [0.95, 0.99]}}], "n": 100,
            "seed": 0, ...}; or a ``Question``.
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
    """The question that the JSON of a job means for a loaded model.

    Raises:
        ProblemError: a neuron, a range, a method, an option or a number makes no sense; in the same words as a server's.
    """
    if unknown := set(spec) - KNOWN:
        raise ProblemError(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(sorted(KNOWN))}")
    try:
        return questions.resolve(bundle, JobSpec.parse({**spec, "model": bundle.name}), look=True)
    except InvalidSpec as error:
        raise ProblemError(str(error)) from None


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
        found,
        targets=problem.targets,
        outcome={} if why is None else why._asdict(),
        tally=counts,
        evidence=None if concluded is None else encode(concluded.evidence),
        alarm=None if concluded is None else concluded.alarm,
    )
