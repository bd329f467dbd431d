"""``inverset sample --local``: no server, straight into a gallery folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from rich.markup import escape

import gallery
from contract.question import Question, describe
from inverset import folders, screen
from inverset.commands.models.options import load, progress
from inverset.errors import UserError, sampler_needed
from inverset.screen import Bars, out, say
from inverset.settings import from_environment
from jobs import catalogue
from jobs.spec import AUTO, TAGS, JobSpec

if TYPE_CHECKING:
    from jobs.settings import Settings
    from sampler import Result
    from sampler.bundle import Bundle
    from sampler.steps import Emission, Tally


def sample(asked: Mapping[str, Any], folder: Path) -> None:
    """Sample in this process and write the gallery.

    Raises:
        UserError: the folder is in use, torch is missing, or the weights are damaged.
        InvalidSpec: what is asked makes no sense, in the same words as a server's.
    """
    folders.check_free(folder)
    spec = _spec(asked)
    with sampler_needed():
        import sampler
        from sampler.problem import ProblemError
        from worker import changes, confounds, reference_sheet
        from worker.models import chosen
    settings = from_environment()
    bundle = _load(spec.model, chosen(settings.device), settings)
    question = catalogue.resolve(_offered(bundle, settings.max_k if spec.k == AUTO else 0), spec)
    say(f"{question.kind}: {describe(question.targets)}")
    with screen.bars() as bars:
        bars.add("samples", "samples", spec.n)
        try:
            result = sampler.sample(bundle, question, on_progress=_mover(bars))
        except ProblemError as error:
            raise UserError(str(error)) from None
    if result.evidence and result.starts.numel():
        changes.of_result(bundle, result)
    sheets = reference_sheet.sheets(bundle, result.evidence)
    if result.evidence is not None:
        sheets |= confounds.sheets(result.alarm, result.evidence)
    asked_for = {**spec.model_dump(mode="json"), "k": question.k, "method": question.method}
    _write(result, _about(question, asked_for, result), sheets, folder)


def _mover(bars: Bars) -> Callable[["Tally", "Emission"], None]:
    return lambda tally, _: bars.show("samples", tally.accepted, f"{tally.evaluations:,.0f} evaluations")


def _spec(asked: Mapping[str, Any]) -> JobSpec:
    try:
        return JobSpec.model_validate(asked)
    except ValidationError as error:
        places = (
            (".".join(str(step) for step in each["loc"] if step not in TAGS), each) for each in error.errors()
        )
        raise UserError("; ".join(f"{place}: {each['msg']}" for place, each in places)) from None


def _load(name: str, device: str, settings: "Settings") -> "Bundle":
    from sampler import zoo

    try:
        catalogue.choose(zoo.known(settings.data_dir), name)
        with progress() as tell:
            return load(name, settings, device, tell)
    except zoo.ZooError as error:
        raise UserError(str(error)) from None


def _offered(bundle: "Bundle", most: int) -> dict[str, Any]:
    """As a worker publishes it; how many codes at once this device runs best is measured up to ``most``, if at all."""
    from sampler.batch_size import best, ramp
    from worker.catalogue import described as methods

    rungs = [*ramp(bundle, most)]
    batch = {catalogue.BATCH: best(rungs)._asdict()} if rungs else {}
    return {**bundle.catalogue, "methods": methods(bundle), **batch}


def _about(question: Question, spec: Mapping[str, Any], result: "Result") -> dict[str, Any]:
    """What a gallery says of its samples."""
    from worker.evidence import finite

    return {
        "model": {"name": question.model, "sha256": question.sha256},
        "spec": spec,
        "ranges": question.ranges,
        "outcome": result.outcome,
        "evidence": finite(result.evidence),
    }


def _began(result: "Result") -> gallery.Began | None:
    """What counterfactuals changed; None: these are none."""
    if not result.starts.numel():
        return None
    return gallery.Began(result.starts.permute(0, 2, 3, 1).numpy(), result.start_activations.numpy())


def _write(result: "Result", about: Mapping[str, Any], sheets: Mapping[str, bytes], folder: Path) -> None:
    say(f"{result.outcome['reason']}: {escape(result.outcome['detail'])}")
    arrays = {name: getattr(result, name).numpy() for name in ("codes", "features", "activations")}
    images = result.images.permute(0, 2, 3, 1).numpy()
    with folders.filling(folder) as draft:
        gallery.write(
            gallery.of_arrays(
                about,
                images,
                arrays,
                list(zip(result.steps.tolist(), result.parents.tolist(), strict=True)),
                sheets,
                _began(result),
            ),
            draft,
        )
    for sentence in screen.judged(result.evidence):
        say(sentence)
    out.print(escape(str(folder / "index.html")), soft_wrap=True)
