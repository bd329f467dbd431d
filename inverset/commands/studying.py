"""``inverset study``: the paper's figures and tables, repeated."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from inverset import folders, screen
from inverset.errors import UserError, sampler_needed
from inverset.loading import load
from inverset.screen import Bars, out
from inverset.studies import papers
from inverset.studies.catalogue import STUDIES
from inverset.studies.study import Study

if TYPE_CHECKING:
    from inverset.sampler.bundle import Bundle
    from inverset.studies.runner import OnProgress, StudyOptions, StudyRunner

Which = Annotated[list[str], typer.Argument(metavar="NAME...", help=", ".join(STUDIES), show_default=False)]
Neurons = Annotated[
    list[str] | None,
    typer.Option(
        "--neuron",
        metavar="LAYER:UNIT",
        help="A neuron instead of the study's own; repeat it for each neuron.",
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option(help="Time limit for one row; images not made by then are left out.", min=0.01),
]


def study(
    *,
    which: Which,
    model: Annotated[
        str | None,
        typer.Option(
            help="A model instead of the study's own, as `inverset models` lists it.", show_default=False
        ),
    ] = None,
    n: Annotated[int, typer.Option("-n", "--n", help="Images per row.", min=1)] = 100,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="M",
            help="For studies that do not compare methods; by default, the model's first method.",
            show_default=False,
        ),
    ] = None,
    neurons: Neurons = None,
    k: Annotated[
        int | None,
        typer.Option(
            "-k", help="Number of seeds of the paper's methods; the paper has 10.", min=1, show_default=False
        ),
    ] = None,
    own: Annotated[
        bool | None,
        typer.Option(
            "--papers/--quantiles",
            help="Use the paper's units and bands (CaffeNet) or those of `scenes`; by default, the paper's if the model's name is paper.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same images.", min=0)] = 0,
    seconds: Seconds = None,
    to: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", help="Write into a new folder study-NAME in this folder.", file_okay=False
        ),
    ] = Path(),
) -> None:
    """Reproduce figures and tables of the paper: a picture, numbers, and whether they agree with the paper.

    Samples in this process, without a server. What two studies share is sampled once.
    """
    theirs = model in {papers.MODEL, papers.PLACES} if own is None else own
    chosen = {name: _study(name, method, neurons, theirs=theirs) for name in dict.fromkeys(which)}
    for name in chosen:
        folders.check_free(_place(to, name))
    with sampler_needed():
        from inverset.sampler import methods
        from inverset.studies.runner import StudyOptions
    recipe = {
        name: StudyOptions(n, method or methods.DEFAULT, tuple(neurons or asked.neurons), seed, seconds, k)
        for name, asked in chosen.items()
    }
    bundles = {name: _load(name) for name in {model or asked.model for asked in chosen.values()}}
    with screen.bars() as bars:
        runners = {name: _runner(bundle, bars) for name, bundle in bundles.items()}
        for name, options in recipe.items():
            _conclude(runners[model or chosen[name].model], name, chosen[name], options, to)


def _study(name: str, method: str | None, neurons: Sequence[str] | None, *, theirs: bool) -> Study:
    """The study of that name, checked against the other options. Raises typer.BadParameter."""
    if name not in STUDIES:
        known = ", ".join(STUDIES)
        raise typer.BadParameter(f"there is no study {name!r}; there are {known}", param_hint="NAME")
    if theirs and name not in papers.ORIGINALS:
        raise typer.BadParameter(
            f"{name} is not a figure or table of the paper; run it with --quantiles", param_hint="NAME"
        )
    chosen = papers.original(name, STUDIES[name]) if theirs else STUDIES[name]
    if method is not None and not chosen.open_to_methods:
        raise typer.BadParameter(f"{name} compares methods itself", param_hint="--method")
    if neurons is not None and len(neurons) != chosen.places:
        raise typer.BadParameter(f"{name} has {chosen.places} neurons; name as many", param_hint="--neuron")
    return chosen


def _place(folder: Path, name: str) -> Path:
    return folder / f"study-{name}"


def _load(model: str) -> "Bundle":
    from inverset.sampler import zoo
    from inverset.settings import from_environment
    from inverset.worker.models import chosen

    settings = from_environment()
    try:
        return load(model, settings, chosen(settings.device))
    except zoo.ZooError as error:
        raise UserError(str(error)) from None


def _runner(bundle: "Bundle", bars: Bars) -> "StudyRunner":
    from inverset.studies.runner import StudyRunner

    def on_progress(text: str, total: int) -> "OnProgress":
        bars.add(text, text, total)
        return lambda done, note: bars.show(text, done, note)

    return StudyRunner(bundle, on_progress)


def _conclude(runner: "StudyRunner", name: str, asked: Study, options: "StudyOptions", to: Path) -> None:
    from inverset.studies import folder, page

    try:
        answered = folder.Answered(name, asked, options, tuple(runner.rows(asked, options)))
    except ValueError as error:
        raise UserError(f"{error}{_advice(name, asked, options, runner.bundle.name)}") from None
    folder.write(answered, runner.bundle, _place(to, name))
    out.print(escape(page.verdict(asked.claim(answered.rows))), soft_wrap=True)
    out.print(escape(str(_place(to, name) / "README.md")), soft_wrap=True)


def _advice(name: str, asked: Study, options: "StudyOptions", model: str) -> str:
    """What to do where another model lacks the study's own neurons; empty if these were not asked for."""
    if options.neurons != asked.neurons or model == asked.model:
        return ""
    named = " ".join(["--neuron LAYER:UNIT"] * asked.places)
    return f"; these are neurons of {asked.model}: for {name} of {model}, add {named}"
