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
from inverset.contract.answers import JobAnswer
from inverset.contract.comparison import FEWEST, MOST, Compared, Comparison
from inverset.contract.decoding import Malformed
from inverset.contract.manifest import SampleRecord
from inverset.contract.verdict import judge_anew
from inverset.errors import ProblemResponse, UserError
from inverset.screen import out

Which = Annotated[
    list[str],
    typer.Argument(metavar="ID...", help=f"{FEWEST} to {MOST} jobs, or folders of downloaded galleries."),
]
To = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Write a page with pictures into this folder.", file_okay=False
    ),
]


@dataclass(frozen=True)
class Side:
    """One side of the comparison, and its pictures."""

    compared: Compared
    samples: Callable[[], Sequence[SampleRecord]]  # by rising activation
    picture: Callable[[SampleRecord], bytes]


def compare(which: Which, to: To = None, server: Server = LOCAL) -> None:
    """Compare jobs or galleries: the request and verdict of each, and every metric in one row."""
    if not FEWEST <= len(which) <= MOST or len(set(which)) < len(which):
        raise typer.BadParameter(f"name {FEWEST} to {MOST} different ones", param_hint="ID...")
    if to is not None:
        folders.check_free(to)
    with client(server) as service:
        sides = [_of_folder(Path(each)) if Path(each).is_dir() else _of_job(service, each) for each in which]
        compared = comparison.compare([side.compared for side in sides])
        out.print(tables.comparison(compared))
        if to is not None:
            _write(compared, sides, to)


def _of_job(service: Client, job_id: str) -> Side:
    described = service.job(job_id)
    job, spec = JobAnswer.of(described), described["spec"]
    model = "" if job.model is None else job.model.name
    compared = Compared(job_id, model, spec, job.targets, job.progress.accepted, _evidence(service, job_id))

    def rising() -> list[SampleRecord]:
        return [SampleRecord.of_answer(each) for each in service.samples(job_id, order="activation")]

    return Side(compared, rising, lambda sample: service.image(_links(job_id, sample)))


def _links(job_id: str, sample: SampleRecord) -> Mapping[str, Mapping[str, str]]:
    return {"links": {"image": f"/v1/jobs/{job_id}/samples/{sample.index}.png"}}


def _evidence(service: Client, job_id: str) -> dict[str, Any] | None:
    try:
        return service.evidence(job_id)
    except ProblemResponse as error:
        if error.status == httpx.codes.NOT_FOUND:  # nothing was measured (yet)
            return None
        raise


def _of_folder(folder: Path) -> Side:
    """The gallery in a folder. Raises UserError if there is none."""
    from inverset import gallery

    try:
        manifest = gallery.manifest(folder)
        evidence = judge_anew(manifest.evidence)
    except gallery.DamagedGallery as error:
        raise UserError(str(error)) from None
    except Malformed as fault:
        raise UserError(f"{folder / 'manifest.json'} is damaged: {fault}") from None
    name, rising = manifest.model.name, manifest.rising()
    compared = Compared(str(folder), name, manifest.spec or {}, manifest.targets, len(rising), evidence)
    return Side(compared, lambda: rising, lambda sample: (folder / sample.file).read_bytes())


def _write(compared: Comparison, sides: Sequence[Side], folder: Path) -> None:
    from inverset.gallery import comparison_page

    with folders.filling(folder) as draft:
        for file in comparison_page.files(compared, list(_chosen(sides))):
            (draft / file.name).parent.mkdir(exist_ok=True)
            (draft / file.name).write_bytes(file.read())
    out.print(escape(str(folder / "index.html")), soft_wrap=True)


def _chosen(sides: Sequence[Side]) -> Iterator[list[tuple[SampleRecord, bytes]]]:
    """For each side some samples, evenly from low to high, with their pictures."""
    from inverset.gallery import comparison_page

    for side in sides:
        yield [(sample, side.picture(sample)) for sample in comparison_page.some(side.samples())]
