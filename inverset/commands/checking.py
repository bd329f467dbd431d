"""``inverset verify``: is a gallery what it says?"""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from inverset.errors import UserError, sampler_needed
from inverset.loading import load
from inverset.screen import bars, complain, out

if TYPE_CHECKING:
    from inverset.verify import Findings

MOST = 10  # differences that are told of one gallery
Gallery = Annotated[Path, typer.Argument(help="A gallery's folder, or a folder of galleries.")]


def verify(gallery: Gallery) -> None:
    """Reload every image of a gallery, run the model on it, and compare with what the gallery says."""
    findings = check(gallery)
    out.print(_table(findings))
    for found in findings:
        for difference in found.differences[:MOST]:
            out.print(f"  [red]·[/] {escape(str(found.folder))}: {escape(difference)}", soft_wrap=True)
        if len(found.differences) > MOST:
            out.print(f"    and {len(found.differences) - MOST} more")
    if any(found.differences for found in findings):
        complain("the gallery is not what it says")
        raise typer.Exit(1)


def check(folder: Path) -> Sequence["Findings"]:
    """Look at every gallery in a folder.

    Raises:
        UserError: it is no gallery, or a damaged one.
    """
    from inverset import gallery
    from inverset.settings import from_environment

    with sampler_needed():
        from inverset import verify
    try:
        manifests = {place: gallery.manifest(place) for place in gallery.find(folder)}
    except gallery.DamagedGallery as error:
        raise UserError(str(error)) from None
    loaded = cache(partial(load, settings=from_environment()))
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
    for found in findings:
        wrong = f"[red]{len(found.differences)}[/]" if found.differences else "[green]none[/]"
        table.add_row(escape(found.folder.name), str(found.samples), escape(found.asked), wrong)
    return table
