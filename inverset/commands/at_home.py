"""``inverset sample --local``: sampling without a server, into a gallery folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from inverset import folders, gallery, screen
from inverset.contract import resolution
from inverset.contract.question import describe
from inverset.errors import UserError, sampler_needed
from inverset.loading import load
from inverset.progress import bars
from inverset.screen import out, say
from inverset.settings import from_environment

if TYPE_CHECKING:
    from inverset.config.settings import Settings
    from inverset.in_process import Answer
    from inverset.sampler.bundle import Bundle


def sample(asked: Mapping[str, Any], folder: Path) -> None:
    """Sample in this process and write the gallery.

    Raises:
        UserError: the folder is in use, torch is missing, or the weights are damaged.
        InvalidSpec: what is asked makes no sense, in the same words as a server's.
    """
    folders.check_free(folder)
    with sampler_needed():
        from inverset import in_process
        from inverset.sampler import questions
        from inverset.worker.models import chosen
    spec = in_process.parse(asked)
    settings = from_environment()
    bundle = _load(spec.model, chosen(settings.device), settings)
    question = questions.resolve(bundle, spec, settings.max_k)
    say(f"{question.kind}: {describe(question.targets)}")
    with bars() as on_progress:
        answer = in_process.answer(bundle, spec, question, on_progress)
    _write(answer, folder)


def _load(name: str, device: str, settings: "Settings") -> "Bundle":
    from inverset.sampler import zoo

    try:
        resolution.choose(zoo.known(settings.data_dir), name)
        with bars() as on_progress:
            return load(name, settings, device, on_progress)
    except zoo.ZooError as error:
        raise UserError(str(error)) from None


def _write(answer: "Answer", folder: Path) -> None:
    outcome = answer.result.outcome
    say(f"{outcome['reason']}: {escape(outcome['detail'])}")
    with folders.filling(folder) as draft:
        gallery.write(answer.gallery, draft)
    for sentence in screen.judged(answer.result.evidence):
        say(sentence)
    out.print(escape(str(folder / "index.html")), soft_wrap=True)
