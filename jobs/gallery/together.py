"""Several galleries as one zip, each in a folder of its own, under one page."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jobs.gallery.contents import Gallery
from jobs.gallery.files import File, files, overview
from jobs.gallery.page import row
from jobs.gallery.zipped import archived

Opened = tuple[str, Callable[[], Gallery]]  # a folder's name, and what opens the gallery for it


def together(title: str, galleries: Iterable[Opened]) -> Iterator[bytes]:
    """The pieces of a zip. One gallery is in memory at a time, opened when its turn comes."""
    return archived(_files(title, galleries))


def _files(title: str, galleries: Iterable[Opened]) -> Iterator[File]:
    rows: list[dict[str, Any]] = []
    for name, opened in galleries:
        gallery = opened()
        rows.append(row(name, gallery.manifest))
        for file in files(gallery):
            yield file._replace(name=f"{name}/{file.name}")
    yield from overview(title, rows)
