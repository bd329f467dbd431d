"""Runs a study's conditions in this process, and computes figures from the samples."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from inverset import sampler
from inverset.contract.answers import OutcomeAnswer
from inverset.contract.decoding import decode
from inverset.contract.encoding import encode
from inverset.contract.evidence import NO_EVIDENCE, Evidence
from inverset.contract.question import Question, describe
from inverset.sampler import Result, methods
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation.conclusion import conclude
from inverset.sampler.evaluation.figures import in_band
from inverset.sampler.problem import Neuron, Problem
from inverset.sampler.sampling import question_of
from inverset.sampler.steps import NO_PARENT, Emission
from inverset.studies.study import Condition, Ends, Numbers, Study

_READ = 200  # reference images of a band, whose factors are read
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


def _row(problem: Problem, condition: Condition, question: Question, result: Result) -> Row:
    table = (Evidence.of(result.evidence) or NO_EVIDENCE).metrics
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
    read, natural = _factors(problem, result.images), _factors(problem, _naturals(problem))
    factors = problem.bundle.factors
    scales = {} if factors is None else dict(zip(factors.names, factors.scales.tolist(), strict=True))
    figures = {**own, **sides[0], **read, "seconds": result.tally["seconds"]}
    return Row(condition, question, result, figures, {**sides[1], **natural}, sides[2], sides[3], scales)


def _factors(problem: Problem, images: Tensor | None) -> dict[str, float | None]:
    """Means of the known factors of images (n, 3, h, w) uint8."""
    factors = problem.bundle.factors
    if factors is None or images is None or not len(images):
        return {}
    means = factors.read(images).mean(dim=0).tolist()
    return {f"factor {name}": mean for name, mean in zip(factors.names, means, strict=True)}


def _naturals(problem: Problem) -> Tensor | None:
    """Up to _READ natural images in all bands."""
    reference = problem.bundle.reference
    if reference is None:
        return None
    inside = in_band(problem, reference.read(problem.neurons)).nonzero()[:, 0]
    few = inside[torch.linspace(0, len(inside) - 1, min(len(inside), _READ)).round().long()]
    return reference.images(few.tolist()) if len(few) else None
