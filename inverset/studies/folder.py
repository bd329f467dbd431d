"""A study's folder: picture, numbers, text, and a gallery per row, which ``inverset verify`` can check."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from inverset import folders, gallery
from inverset.contract.encoding import encode
from inverset.contract.evidence import Evidence
from inverset.gallery import File, Gallery
from inverset.sampler.bundle import Bundle
from inverset.studies import machine, numbers, page, picture
from inverset.studies.runner import Row, StudyOptions
from inverset.studies.study import Study
from inverset.worker import reference_sheet


@dataclass(frozen=True)
class Answered:
    """A study with its rows."""

    name: str
    study: Study
    options: StudyOptions
    rows: Sequence[Row]


def write(answered: Answered, bundle: Bundle, folder: Path) -> None:
    """Write all files of a study.

    Raises:
        FolderTaken: there is something in the folder.
        OSError: a file cannot be written.
    """
    galleries = [
        (f"row-{number}", list(gallery.files(_gallery(bundle, row))))
        for number, row in enumerate(answered.rows, 1)
    ]
    with folders.filling(folder) as draft:
        for file in (*_files(answered, bundle), *gallery.together(answered.study.title, galleries)):
            (draft / file.name).parent.mkdir(parents=True, exist_ok=True)
            (draft / file.name).write_bytes(file.read())


def _files(answered: Answered, bundle: Bundle) -> Iterator[File]:
    name, study, options, rows = answered.name, answered.study, answered.options, answered.rows
    seconds = sum(row.result.tally["seconds"] for row in rows)
    device = str(bundle.statistics.mean.device)
    measured = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {seconds:.0f} s of sampling, {machine.described(device)}"
    )
    yield File.of("figure.png", picture.picture(rows))
    yield File.of("numbers.csv", numbers.as_csv(rows).encode())
    yield File.of("numbers.md", numbers.as_markdown(rows, study.shown).encode())
    yield File.of("README.md", page.page(name, study, options, rows, measured).encode())


def _gallery(bundle: Bundle, row: Row) -> Gallery:
    result, evidence, sheets = row.result, Evidence.of(row.result.evidence), dict[str, bytes]()
    if evidence is not None:
        evidence, sheets = reference_sheet.drawn(bundle, evidence)
    arrays = {name: getattr(result, name).numpy() for name in ("codes", "features", "activations")}
    images = result.images.permute(0, 2, 3, 1).numpy()
    spec = {"model": row.question.model, "neurons": row.question.ranges, **row.question.settings()}
    return gallery.of_arrays(
        gallery.unfilled(row.question, spec, result.outcome, None if evidence is None else encode(evidence)),
        images,
        arrays,
        list(zip(result.steps.tolist(), result.parents.tolist(), strict=True)),
        sheets,
    )
