"""``inverset compare``: jobs and galleries side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.markup import escape

from inverset import folders, tables
from inverset.client import LOCAL, Client
from inverset.commands.options import Server, client
from inverset.contract import comparison
from inverset.contract.comparison import FEWEST, MOST, Compared
from inverset.contract.verdict import judge_anew
from inverset.errors import ProblemResponse, UserError
from inverset.screen import out

Which = Annotated[
    list[str],
    typer.Argument(
        metavar="ID...", help=f"{FEWEST} to {MOST} jobs, or folders of galleries that were downloaded."
    ),
]
To = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Put a page with pictures there.", file_okay=False),
]


@dataclass(frozen=True)
class Side:
    """One of those that are compared, and its pictures."""

    compared: Compared
    samples: Callable[[], Sequence[Mapping[str, Any]]]  # by rising activation
    picture: Callable[[Mapping[str, Any]], bytes]


def compare(which: Which, to: To = None, server: Server = LOCAL) -> None:
    """Lay jobs or galleries side by side: what was asked of each, its verdict, and every metric in one row."""
    if not FEWEST <= len(which) <= MOST or len(set(which)) < len(which):
        raise typer.BadParameter(f"name {FEWEST} to {MOST} different ones", param_hint="ID...")
    if to is not None:
        folders.check_free(to)
    with client(server) as service:
        sides = [_of_folder(Path(each)) if Path(each).is_dir() else _of_job(service, each) for each in which]
        found = comparison.compare([side.compared for side in sides])
        out.print(tables.comparison(found))
        if to is not None:
            _write(found, sides, to)


def _of_job(service: Client, job_id: str) -> Side:
    job = service.job(job_id)
    compared = Compared(
        job_id,
        job["model"]["name"],
        job["spec"],
        job["ranges"],
        job["progress"]["accepted"],
        _evidence(service, job_id),
    )
    return Side(compared, lambda: list(service.samples(job_id, order="activation")), service.image)


def _evidence(service: Client, job_id: str) -> dict[str, Any] | None:
    try:
        return service.evidence(job_id)
    except ProblemResponse as error:
        if error.status == httpx.codes.NOT_FOUND:  # nothing was measured (yet)
            return None
        raise


def _of_folder(folder: Path) -> Side:
    """Raises UserError where it is no gallery."""
    from inverset import gallery

    try:
        told = gallery.manifest(folder)
        model, spec, evidence = told["model"]["name"], told["spec"], judge_anew(told["evidence"])
    except gallery.DamagedGallery as error:
        raise UserError(str(error)) from None
    except (KeyError, TypeError):
        raise UserError(
            f"{folder / 'manifest.json'} is damaged: it lacks the model, the spec or the evidence"
        ) from None
    neuron = told["ranges"][0]["neuron"]
    rising = sorted(told["samples"], key=lambda sample: float(sample["activations"][neuron]))
    compared = Compared(str(folder), model, spec, told["ranges"], len(rising), evidence)
    return Side(compared, lambda: rising, lambda sample: (folder / str(sample["file"])).read_bytes())


def _write(found: Mapping[str, Any], sides: Sequence[Side], folder: Path) -> None:
    from inverset.gallery import comparison_page

    with folders.filling(folder) as draft:
        for file in comparison_page.files(found, list(_chosen(sides))):
            (draft / file.name).parent.mkdir(exist_ok=True)
            (draft / file.name).write_bytes(file.read())
    out.print(escape(str(folder / "index.html")), soft_wrap=True)


def _chosen(sides: Sequence[Side]) -> Iterator[list[tuple[Mapping[str, Any], bytes]]]:
    """Of each side some samples, evenly from low to high, with their pictures."""
    from inverset.gallery import comparison_page

    for side in sides:
        yield [(sample, side.picture(sample)) for sample in comparison_page.some(side.samples())]
