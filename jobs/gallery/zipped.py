"""Files as one zip, sent while they are read."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from zipstream import ZipStream

from jobs.gallery.files import File


class Zipped(NamedTuple):
    """A zip that is not there yet, of a size that is known."""

    size: int  # bytes, exactly
    pieces: Iterator[bytes]


def zipped(listed: Iterable[File]) -> Zipped:
    """Stored, not packed: PNGs do not shrink, and so the size is known before the first byte."""
    archive = ZipStream(sized=True)
    for file in listed:
        archive.add(file.pieces(), file.name, size=file.size)
    return Zipped(len(archive), iter(archive))
