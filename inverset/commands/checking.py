"""``inverset verify``: checks a gallery against its model."""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from inverset.commands.models.options import Data, settings_of
from inverset.errors import UserError, sampler_needed
from inverset.loading import load
from inverset.screen import bars, complain, out

if TYPE_CHECKING:
    from inverset.verify import Findings

MOST = 10  # differences printed per gallery
Gallery = Annotated[Path, typer.Argument(help="A gallery's folder, or a folder of galleries.")]


def verify(gallery: Gallery, data: Data = None) -> None:
    """Reload every image of a gallery, run the model on it, and compare the result with the gallery."""
    findings = check(gallery, data)
    out.print(_table(findings))
    for checked in findings:
        for difference in checked.differences[:MOST]:
            out.print(f"  [red]·[/] {escape(str(checked.folder))}: {escape(difference)}", soft_wrap=True)
        if len(checked.differences) > MOST:
            out.print(f"    and {len(checked.differences) - MOST} more")
    if any(checked.differences for checked in findings):
        complain("the gallery does not match its manifest")
        raise typer.Exit(1)


def check(folder: Path, data: Path | None = None) -> Sequence["Findings"]:
    """Look at every gallery in a folder.

    Args:
        folder: of galleries.
        data: the data folder whose models.toml names their models; None: that of the environment.

    Raises:
        UserError: it is no gallery, or a damaged one.
    """
    from inverset import gallery

    with sampler_needed():
        from inverset import verify
    try:
        manifests = {place: gallery.manifest(place) for place in gallery.find(folder)}
    except gallery.DamagedGallery as error:
        raise UserError(str(error)) from None
    loaded = cache(partial(load, settings=settings_of(data)))
    findings = []
    with bars() as shown:
        for place, read in manifests.items():
            shown.add(str(place), place.name or str(place), len(read.samples))
            findings.append(verify.verify(place, read, loaded, shown.mover(str(place))))
    return findings


def _table(findings: Sequence["Findings"]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in ("gallery", "samples", "asked", "differences"):
        table.add_column(name, justify="right" if name == "samples" else "left")
    for checked in findings:
        differing = f"[red]{len(checked.differences)}[/]" if checked.differences else "[green]none[/]"
        table.add_row(escape(checked.folder.name), str(checked.samples), escape(checked.asked), differing)
    return table
