"""The galleries of a sweep in one archive: a folder each, and one page over all."""

from collections.abc import Iterable, Iterator, Sequence

from inverset.gallery.cache import job_manifest
from inverset.gallery.files import File, overview
from inverset.gallery.page import Row, row


def together(title: str, galleries: Iterable[tuple[str, Sequence[File]]]) -> Iterator[File]:
    """The files of all galleries, each under the name of its folder."""
    rows: list[Row] = []
    for name, listed in galleries:
        rows.append(row(name, job_manifest(listed)))
        yield from (file._replace(name=f"{name}/{file.name}") for file in listed)
    yield from overview(title, rows)
