"""``python -m benchmarks``: see ``--help``."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from benchmarks import table
from benchmarks import volcano as figure
from sampler import zoo

app = typer.Typer(
    no_args_is_help=False, help="Measurements behind the claims, each in one run on this machine."
)
OUT = Path("docs/benchmarks")
Folder = Annotated[Path, typer.Option(help="Where results are written.")]


@app.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """Without a command: the table."""
    if context.invoked_subcommand is None:
        compare()


@app.command("table")
def compare(
    neurons: Annotated[int, typer.Option(help="Units of each layer.")] = 12,
    n: int = 200,
    methods: Annotated[str, typer.Option(help="Separated by commas.")] = ",".join(table.METHODS),
    processes: int = os.cpu_count() or 1,
    out: Folder = OUT,
) -> None:
    """Methods beside natural images, over neurons of two layers at three bands each."""
    chosen = methods.split(",")
    total = len(chosen) * neurons * 2 * 3
    out.mkdir(parents=True, exist_ok=True)
    rows: list[table.Row] = []
    found = table.rows(chosen, neurons, n, processes)
    for row in track(found, "questions", total, console=Console(stderr=True)):
        rows.append(row)
        table.write(rows, out / "table.csv")  # after every row: all of it takes an hour
        (out / "table.md").write_text(table.summary(rows) + "\n", encoding="utf-8")
    typer.echo(table.summary(rows))


@app.command()
def volcano(n: int = 48, out: Folder = OUT) -> None:
    """The volcano neuron from low to high: do lava and smoke rise, as they do in nature?"""
    found = [*track(figure.levels(zoo.load("scenes"), n), "bands", 6, console=Console(stderr=True))]
    out.mkdir(parents=True, exist_ok=True)
    (out / "volcano.md").write_text(figure.table(found) + "\n", encoding="utf-8")
    figure.picture(found).save(out / "volcano.png")
    typer.echo(figure.table(found))


if __name__ == "__main__":
    app()
