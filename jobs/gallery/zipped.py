"""A gallery as one zip, sent while it is made."""

from collections.abc import Iterator
from typing import NamedTuple

from zipstream import ZipStream

from jobs.gallery.contents import Gallery
from jobs.gallery.files import File, files


class Zipped(NamedTuple):
    """A zip that is not there yet, of a size that is known."""

    size: int  # bytes, exactly
    pieces: Iterator[bytes]


def zipped(gallery: Gallery) -> Zipped:
    """Stored, not packed: PNGs do not shrink, and so the size is known before the first byte."""
    archive = ZipStream(sized=True)
    for file in files(gallery):
        archive.add(_pieces(file), file.name, size=file.size)
    return Zipped(len(archive), iter(archive))


def _pieces(file: File) -> Iterator[bytes]:
    yield file.read()
