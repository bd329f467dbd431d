"""``python -m benchmarks table`` and ``ablation``."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from benchmarks import machine
from benchmarks.questions import GROUPS, LEVELS
from benchmarks.table import measuring, report
from benchmarks.table import rows as files
from benchmarks.table.measuring import Asked
from benchmarks.table.settings import ABLATION, METHODS, Setting, known
from benchmarks.table.unseen import COUNT

OUT = Path("docs/benchmarks")
_ALL_METHODS, _ALL_VARIANTS = ",".join(METHODS), ";".join(ABLATION)
_ALL_LAYERS, _ALL_LEVELS = ",".join(GROUPS), ",".join(LEVELS)
Commas = "Separated by commas."
Neurons = Annotated[int, typer.Option(help="Units of each layer, and pairs.")]
N = Annotated[int, typer.Option("--n", help="Samples a question.")]
Seeds = Annotated[str, typer.Option(help=Commas)]
Layers = Annotated[str, typer.Option(help=f"{Commas} Also: intersection.")]
Levels = Annotated[str, typer.Option(help=f"{Commas} Of: {', '.join(LEVELS)}.")]
Budget = Annotated[int, typer.Option(help="Gradient evaluations a sample, at most.")]
Unseen = Annotated[
    int, typer.Option(help="Images that were no references, of which those in band are held against samples.")
]
Anew = Annotated[bool, typer.Option(help="Also what was measured before.")]
Folder = Annotated[Path, typer.Option(help="Where results are written.")]


def table(
    *,
    methods: Annotated[str, typer.Option(help=Commas)] = _ALL_METHODS,
    neurons: Neurons = 12,
    n: N = 400,
    seeds: Seeds = "0",
    layers: Layers = _ALL_LAYERS,
    levels: Levels = _ALL_LEVELS,
    budget: Budget = 60,
    unseen: Unseen = COUNT,
    processes: int = os.cpu_count() or 1,
    anew: Anew = False,
    out: Folder = OUT,
) -> None:
    """Methods beside natural images, by what an outside judge sees.

    What was measured before (same method, question, seed, n and budget) stays as it is: a run that was stopped goes on where it was. The
    table shows all rows of this n and budget.
    """
    request = replace(_asked(neurons, n, seeds, layers, levels, budget), unseen=unseen)
    chosen = _chosen(METHODS, methods)
    result = _measured(chosen, request, processes, out / "table.csv", anew=anew)
    (out / "table.md").write_text(report.summary(result, list(METHODS)) + _note(), encoding="utf-8")
    (out / "overview.md").write_text(report.overview(result, list(METHODS)) + _note(), encoding="utf-8")
    typer.echo(report.summary(result, list(METHODS)))


def ablation(
    *,
    variants: Annotated[str, typer.Option(help="Separated by semicolons.")] = _ALL_VARIANTS,
    neurons: Neurons = 2,
    n: N = 100,
    seeds: Seeds = "0",
    layers: Layers = "fc8,conv5,conv3",
    levels: Levels = "q.90-q.97",
    budget: Budget = 60,
    unseen: Unseen = COUNT,
    processes: int = os.cpu_count() or 1,
    anew: Anew = False,
    out: Folder = OUT,
) -> None:
    """Methods with one of their parts taken out or replaced."""
    request = replace(_asked(neurons, n, seeds, layers, levels, budget), unseen=unseen)
    chosen = _chosen(ABLATION, variants, ";")
    result = _measured(chosen, request, processes, out / "ablation.csv", anew=anew)
    (out / "ablation.md").write_text(report.ablation(result, list(ABLATION)) + _note(), encoding="utf-8")
    typer.echo(report.ablation(result, list(ABLATION)))


def _asked(neurons: int, n: int, seeds: str, layers: str, levels: str, budget: int) -> Asked:
    for given, there, what in ((layers, GROUPS, "--layers"), (levels, LEVELS, "--levels")):
        if wrong := [each for each in given.split(",") if each not in there]:
            raise typer.BadParameter(
                f"there is no {wrong[0]!r}; there are {', '.join(there)}", param_hint=what
            )
    return Asked(
        neurons,
        n,
        budget,
        tuple(map(int, seeds.split(","))),
        tuple(layers.split(",")),
        tuple(levels.split(",")),
    )


def _chosen(there: Mapping[str, Setting], given: str, between: str = ",") -> list[tuple[str, Setting]]:
    if wrong := [name for name in given.split(between) if name not in there]:
        raise typer.BadParameter(f"there is no {wrong[0]!r}; there are {', '.join(there)}")
    offered = known(there)
    return [(name, offered[name]) for name in given.split(between) if name in offered]


def _measured(
    chosen: list[tuple[str, Setting]], asked: Asked, processes: int, path: Path, *, anew: bool
) -> list[files.Row]:
    path.parent.mkdir(parents=True, exist_ok=True)
    result = files.read(path)
    done = set() if anew else {row.key for row in result}
    for row in track(
        measuring.rows(chosen, asked, processes, done), "rows", console=Console(stderr=True), total=None
    ):
        result = files.merged(result, [row])
        files.write(result, path)  # after every row: all of it takes hours
    return [row for row in result if (row.n, row.budget) == (asked.n, asked.budget)]


def _note() -> str:
    return f"\n\n*{machine.described()}*\n"
