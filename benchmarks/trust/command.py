"""``python -m benchmarks trust``: make what is missing, judge every gallery that has a label, write."""

from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from benchmarks import machine
from benchmarks.trust import blobs, galleries, judging, labels, models, questions, report
from benchmarks.trust.galleries import Gallery, Setting, Settings
from benchmarks.trust.questions import HeldOut
from inverset.sampler import zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo.photos import photographs
from inverset.sampler.zoo.photos.network import SIDE

_SAID = Console(stderr=True)
_TITLE = "Trust: does the verdict say what a person would?"


def trust(
    only: Annotated[str, typer.Option(help="Galleries whose name has this in it.")] = "",
    sheets: Annotated[
        Path | None, typer.Option(help="Where contact sheets are written, to be labelled.")
    ] = None,
    kept: Annotated[Path, typer.Option(help="Where networks and galleries are kept.")] = Path("build/trust"),
    out: Annotated[Path, typer.Option(help="Where results are written.")] = Path("docs/benchmarks"),
) -> None:
    """Galleries of known worth: what is the verdict?

    Photographs are read from the folder that INVERSET_PHOTOS names (as `inverset.sampler.zoo.photos.train` reads them); without,
    galleries of `scenes` alone are judged.
    """
    kept.mkdir(parents=True, exist_ok=True)
    photos = models.folder()
    if photos is None:
        _SAID.print(f"{models.SETTING} names no photographs: galleries of scenes only")
    else:
        models.prepare(photos, kept, _SAID.print)
    chosen = [each for each in galleries.every(photographs=photos is not None) if only in each.name]
    settings = _settings(photos, kept)
    made = galleries.make(chosen, settings, kept / "galleries")
    for _ in track(made, "making galleries", len(chosen), console=_SAID):
        pass
    if sheets is not None:
        _sheets(chosen, kept / "galleries", sheets)
        return
    result = _judged(chosen, settings, kept / "galleries")
    if only:
        typer.echo(report.summary(result) + "\n\n" + report.misses(result))
        return
    out.mkdir(parents=True, exist_ok=True)
    judging.write(result, out / "trust.csv")
    page = out / "trust.md"
    machine.record("trust", _told(result), page, _TITLE)


def _settings(photos: Path | None, kept: Path) -> Settings:
    """What each gallery is made from, loaded when it is first needed."""

    @cache
    def of_model(model: str) -> tuple[Bundle, Bundle, HeldOut]:
        if model == "scenes":
            bundle = zoo.load("scenes")
            return bundle, blobs.of(bundle, kept / "scenes-blobs.safetensors"), HeldOut(questions.scenes)
        assert photos is not None
        held = photographs.read(photos, photographs.HELD_OUT, SIDE, kept / "held-out.pt")
        return (
            models.load(models.PHOTOGRAPHS, kept),
            models.load(models.BLOBS, kept),
            HeldOut(lambda: (held.pixels, held.classes)),
        )

    @cache
    def of(model: str, question: questions.Question) -> Setting:
        bundle, bad, held_out = of_model(model)
        return Setting(question.problem(bundle), held_out, bad, galleries.COUNT[model])

    return lambda gallery: of(gallery.model, gallery.question)


def _judged(chosen: list[Gallery], settings: Settings, folder: Path) -> list[judging.Judged]:
    """Those that have a label and any image; the others are said."""
    output, result = labels.read(), []
    for gallery in track(chosen, "judging", console=_SAID):
        contents = galleries.read(gallery, folder)
        if gallery.name not in output or not len(contents["images"]):
            _SAID.print(
                f"{gallery.name}: {len(contents['images'])} images, {output.get(gallery.name, 'no label')}: left out"
            )
            continue
        setting = settings(gallery)
        for model, problem in setting.problems(gallery).items():
            result.append(judging.judged(gallery, model, problem, contents, output[gallery.name]))
    return result


def _sheets(chosen: list[Gallery], folder: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for model, question in dict.fromkeys((each.model, each.question) for each in chosen):
        here = [each for each in chosen if (each.model, each.question) == (model, question)]
        shown = [(each.kind, galleries.read(each, folder)["images"]) for each in here]
        report.sheet(shown).save(out / f"{model}-{question.name}.png")


def _told(found: list[judging.Judged]) -> str:
    parts = {
        "Together": report.summary(found),
        "By kind": report.kinds(found),
        "Where the verdict says otherwise": report.misses(found),
    }
    return "\n\n".join(f"**{title}**\n\n{text}" for title, text in parts.items())
