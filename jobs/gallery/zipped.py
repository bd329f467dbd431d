"""A gallery as one zip, sent while it is made."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from zipstream import ZipStream

from jobs.blobs import ahead
from jobs.gallery.contents import Gallery
from jobs.gallery.files import File, files


class Zipped(NamedTuple):
    """A zip that is not there yet, of a size that is known."""

    size: int  # bytes, exactly
    pieces: Iterator[bytes]


def zipped(gallery: Gallery) -> Zipped:
    """Stored, not packed: PNGs do not shrink, and so the size is known before the first byte."""
    archive = archived(files(gallery), gallery.at_once)
    return Zipped(len(archive), iter(archive))


def archived(listed: Iterable[File], at_once: int) -> ZipStream:
    """A zip of files that are read in their order while it is sent, the next ones ahead of their turn."""
    archive, found = ZipStream(sized=True), list(listed)
    contents = ahead((file.read for file in found), at_once)
    for file in found:
        archive.add(_next(contents), file.name, size=file.size)
    return archive


def _next(contents: Iterator[bytes]) -> Iterator[bytes]:
    yield next(contents)
