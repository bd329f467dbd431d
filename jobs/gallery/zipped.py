"""A gallery as one zip, sent while it is made."""

from collections.abc import Callable, Iterable, Iterator

from zipstream import ZipStream

from jobs.gallery.contents import Gallery
from jobs.gallery.files import File, files


def zipped(opened: Callable[[], Gallery]) -> Iterator[bytes]:
    """The pieces of a zip; the gallery is opened when the first one is asked for."""
    yield from archived(files(opened()))


def archived(listed: Iterable[File]) -> Iterator[bytes]:
    """Each file is asked for when its turn comes, so nobody knows the size before the end.

    Stored, not packed: PNGs do not shrink.
    """
    archive = ZipStream()
    for file in listed:
        archive.add(file.content, file.name)
        yield from archive.all_files()
    yield from archive.finalize()
