"""Answers one question in this process, by the same steps as a server: resolve, sample, measure, make a gallery."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from inverset import gallery, sampler
from inverset.contract.encoding import encode
from inverset.contract.errors import InvalidSpec, ProblemError
from inverset.contract.evidence import Evidence
from inverset.contract.question import Question
from inverset.contract.spec import JobSpec
from inverset.errors import UserError
from inverset.gallery import Gallery
from inverset.progress import OnProgress
from inverset.sampler.bundle import Bundle
from inverset.sampler.steps import Emission, Tally
from inverset.worker import confounds, reference_sheet


@dataclass(frozen=True)
class Answer:
    """A finished run and its question."""

    spec: Mapping[str, Any]  # as it was asked, with k and method worked out
    question: Question
    result: sampler.Result
    sheets: Mapping[str, bytes]  # pictures beside the samples, by their files

    @cached_property
    def gallery(self) -> Gallery:
        """The gallery of the samples, as a server delivers it."""
        result = self.result
        starts = None
        if result.starts.numel():
            starts = gallery.Began(
                result.starts.permute(0, 2, 3, 1).numpy(), result.start_activations.numpy()
            )
        return gallery.of_arrays(
            gallery.unfilled(self.question, self.spec, result.outcome, result.evidence),
            result.images.permute(0, 2, 3, 1).numpy(),
            {name: getattr(result, name).numpy() for name in ("codes", "features", "activations")},
            list(zip(result.steps.tolist(), result.parents.tolist(), strict=True)),
            self.sheets,
            starts,
        )


def parse(asked: Mapping[str, Any]) -> JobSpec:
    """The spec in the JSON of a job.

    Raises:
        UserError: a field is unknown or holds what it cannot.
    """
    try:
        return JobSpec.parse(asked)
    except InvalidSpec as error:
        raise UserError(str(error)) from None


def answer(bundle: Bundle, spec: JobSpec, question: Question, on_progress: OnProgress) -> Answer:
    """The samples and the evidence that answer a question.

    Args:
        bundle: the model.
        spec: as it was asked.
        question: what that means for the model.
        on_progress: called with how many samples there are, and then which part of the evidence is measured.

    Raises:
        UserError: the method cannot answer this question for this model.
    """

    def on_step(tally: Tally, _: Emission) -> None:
        on_progress(tally.accepted, question.n, f"samples: {tally.evaluations:,.0f} evaluations")

    on_progress(0, question.n, "samples")
    try:
        result = sampler.sample(bundle, question, on_progress=on_step, on_evidence=on_progress)
    except ProblemError as error:
        raise UserError(str(error)) from None
    asked = {**spec.model_dump(mode="json"), "k": question.k, "method": question.method}
    evidence = Evidence.of(result.evidence)
    if evidence is None:
        return Answer(asked, question, result, {})
    evidence, near = reference_sheet.drawn(bundle, evidence)
    evidence, pairs = confounds.drawn(result.alarm, evidence)
    return Answer(asked, question, replace(result, evidence=encode(evidence)), near | pairs)
