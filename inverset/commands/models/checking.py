"""``inverset models check``: a table of what works with a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from inverset.commands.models.options import Data, Name, settings_of, user_errors
from inverset.commands.options import Device
from inverset.errors import sampler_needed
from inverset.loading import load
from inverset.progress import bars
from inverset.screen import complain, out

if TYPE_CHECKING:
    from inverset.sampler.zoo.own.checking import Line

COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}


def check(
    name: Name,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="PNG", help="The contact sheet; NAME-check.png by default.", dir_okay=False
        ),
    ] = None,
    device: Device = None,
    data: Data = None,
) -> None:
    """Check everything that sampling needs from a model, and show how to fix what does not work.

    Exit code 1 if something is wrong. The contact sheet shows natural images above the generator's version of them.
    """
    settings = settings_of(data)
    with sampler_needed():
        from inverset.sampler.zoo.own import checking, isolation
        from inverset.worker.models import chosen
    place = sheet or Path(f"{name}-check.png")
    with user_errors(), bars() as on_progress:
        isolation.forget(settings.data_dir, name)
        bundle = load(name, settings, chosen(device or settings.device), on_progress)
        lines = checking.check(bundle, on_progress)
        checking.contact_sheet(bundle).save(place)
    out.print(_table(lines))
    out.print(escape(str(place)), soft_wrap=True)
    if failures := sum(line.state == "wrong" for line in lines):
        complain(f"{name}: {failures} of {len(lines)} checks failed")
        raise typer.Exit(1)


def _table(lines: "list[Line]") -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("what", no_wrap=True)
    table.add_column("found", overflow="fold")
    for line in lines:
        finding = escape(line.result) + (f"\n[dim]{escape(line.advice)}[/]" if line.advice else "")
        table.add_row(f"[{COLOURS[line.state]}]{line.state}[/]", line.what, finding)
    return table
