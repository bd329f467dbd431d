"""Runs a study's conditions in this process, and computes figures from the samples."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch

from inverset import sampler
from inverset.contract.answers import OutcomeAnswer
from inverset.contract.decoding import decode
from inverset.contract.encoding import encode
from inverset.contract.evidence import NO_EVIDENCE, Evidence, Trust
from inverset.contract.question import Question, describe
from inverset.contract.verdict import DO_NOT_TRUST
from inverset.sampler import Result, methods
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation.conclusion import conclude
from inverset.sampler.problem import Neuron, Problem
from inverset.sampler.sampling import question_of
from inverset.sampler.steps import NO_PARENT, Emission
from inverset.studies import content
from inverset.studies.study import Condition, Ends, Numbers, Study

OnProgress = Callable[[int, str], None]  # samples so far, and what was spent


@dataclass(frozen=True)
class StudyOptions:
    """The options that the user gave."""

    n: int
    method: str
    neurons: tuple[str, ...]
    seed: int
    seconds: float | None  # for a row; None: as long as it takes
    k: int | None = None  # seeds of the paper's methods; None: as many as the paper has


@dataclass(frozen=True)
class Row:
    """A condition, the question that it is for this model, and the answer."""

    condition: Condition  # as the study has it
    question: Question
    result: Result
    figures: Mapping[str, float | None]  # of the samples
    natural: Mapping[str, float | None]  # of natural images in the same bands
    rejection: Mapping[str, float | None]  # of chance
    ceiling: Mapping[str, float | None]  # of natural images through the generator
    scales: Mapping[str, float]  # of factors, over natural images
    labelled_by: str | None = None  # the network whose labels are among the figures

    @property
    def neurons(self) -> Sequence[str]:
        """The canonical names of its neurons."""
        return self.result.neurons

    @property
    def ranges(self) -> Sequence[Sequence[float] | None]:
        """The band of each neuron."""
        return self.result.ranges

    @property
    def outcome(self) -> OutcomeAnswer:
        """Why the run ended."""
        return decode(OutcomeAnswer, self.result.outcome)

    @cached_property
    def evidence(self) -> Evidence:
        """What is known of its images; empty if it has none."""
        return _evidence(self.result)

    @property
    def trust(self) -> Trust | None:
        """The verdict on its images; None: it has none."""
        return self.evidence.trust

    @property
    def doubt(self) -> str | None:
        """Why its images must not be taken for natural ones in the band; None: nothing that was measured says so."""
        trust, judge = self.trust, self.evidence.judge
        if trust is not None and trust.word == DO_NOT_TRUST:
            return trust.reason
        return judge.reason if judge is not None and judge.void else None


class StudyRunner:
    """Runs the conditions of studies on one model, each of them once."""

    def __init__(self, bundle: Bundle, on_progress: Callable[[str, int], OnProgress]) -> None:
        self.bundle, self._on_progress = bundle, on_progress
        self._known: dict[str, Row] = {}

    def rows(self, study: Study, options: StudyOptions) -> Iterator[Row]:
        """The rows in the study's order. Raises ProblemError if a question makes no sense."""
        for condition in study.conditions:
            question = self._question(condition, options)
            key = repr((question, condition.drawn))
            if key not in self._known:
                self._known[key] = self._answer(condition, question, options)
            yield replace(self._known[key], condition=condition)

    def _question(self, condition: Condition, options: StudyOptions) -> Question:
        asked = [(options.neurons[place], ends) for place, ends in condition.bands]
        method, n = condition.method or options.method, condition.drawn or options.n
        spec = {
            "neurons": [{"neuron": name, "range": band(self.bundle, name, ends)} for name, ends in asked],
            "n": n,
            "k": n if condition.at_once else min(_codes(condition, method, options), n),
            "seed": options.seed,
            "method": method,
            "options": dict(condition.options),
            "budget": {} if options.seconds is None else {"seconds": options.seconds},
        }
        return question_of(self.bundle, spec)

    def _answer(self, condition: Condition, question: Question, options: StudyOptions) -> Row:
        on_progress = self._on_progress(_title(condition, question), question.n)
        result = sampler.sample(
            self.bundle,
            question,
            on_progress=lambda tally, _: on_progress(tally.accepted, f"{tally.evaluations:,.0f} evaluations"),
        )
        problem = Problem.of(self.bundle, question.targets)
        if condition.drawn is not None:
            result = _thinned(problem, result, options.n, question.method)
        return _row(problem, condition, question, result)


def _codes(condition: Condition, method: str, options: StudyOptions) -> int:
    """The number of codes moved at once."""
    if condition.seeds is not None:
        return options.k or condition.seeds
    return methods.get(method).default_k


def _title(condition: Condition, question: Question) -> str:
    return f"{describe(question.targets)}, {condition.name or question.method}"


def band(bundle: Bundle, neuron: str, ends: Ends | Numbers) -> list[float]:
    """A band in activations, given as quantiles of natural images or as shares of the largest activation.

    Raises:
        ValueError: the model has no natural images.
    """
    if isinstance(ends, Numbers):
        return list(ends)
    if bundle.reference is None:
        raise ValueError(f"{bundle.name} has no reference images to take bands from")
    values = bundle.reference.read([Neuron.parse(neuron, bundle)])[:, 0]
    most = float(values.max())
    return [float(values.quantile(end)) if end <= 1 else most + (end - 1) * abs(most) for end in ends]


def _thinned(problem: Problem, result: Result, n: int, method: str) -> Result:
    """n of the samples, evenly over the run, with their share of its cost."""
    count = len(result.steps)
    if count <= n:
        return result
    rows = torch.linspace(0, count - 1, n).round().long()
    few = Emission(*(column[rows] for column in result.samples))
    few = few._replace(parents=torch.full_like(rows, NO_PARENT))  # most are left out
    shared = {
        name: result.tally[name] * n / count for name in ("gradient_evaluations", "forward_passes", "seconds")
    }
    concluded = conclude(problem, few, {**result.tally, **shared}, method, alarm=False)
    return replace(result, samples=few, evidence=encode(concluded.evidence))


def _evidence(result: Result) -> Evidence:
    return Evidence.of(result.evidence) or NO_EVIDENCE


def _row(problem: Problem, condition: Condition, question: Question, result: Result) -> Row:
    evidence = _evidence(result)
    table = evidence.metrics
    sides = [
        {each.name: each.value(side) for each in table}
        for side in ("samples", "natural", "rejection", "ceiling")
    ]
    steps = result.tally["steps"]
    own = {
        "samples": float(len(result.steps)),
        "gradient steps": float(steps),
        "steps to the first sample": float(result.steps.min()) if len(result.steps) else None,
        "gradient evaluations": float(result.tally["gradient_evaluations"]),
    }
    within, named = content.read(problem, result.images), content.agreement(evidence)
    factors = problem.bundle.factors
    scales = {} if factors is None else dict(zip(factors.names, factors.scales.tolist(), strict=True))
    figures = {**own, **sides[0], **named.samples, **within.samples, "seconds": result.tally["seconds"]}
    return Row(
        condition,
        question,
        result,
        figures,
        natural={**sides[1], **named.natural, **within.natural},
        rejection=sides[2],
        ceiling={**sides[3], **named.ceiling, **within.ceiling},
        scales=scales,
        labelled_by=None if problem.bundle.labeller is None else problem.bundle.labeller.name,
    )
