"""Several galleries as one zip, each in a folder of its own, under one page."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any

from zipstream import ZipStream

from jobs.gallery.contents import Gallery
from jobs.gallery.files import File, made, overview, stored
from jobs.gallery.page import row
from jobs.gallery.zipped import Zipped

Opened = tuple[str, Callable[[], Gallery]]  # a folder's name, and what opens the gallery for it


def together(title: str, galleries: Iterable[Opened]) -> Zipped:
    """One gallery is in memory at a time.

    The size must be known before the first byte, so what is made of each and not stored waits on disk till it is sent.
    """
    spool = TemporaryFile()  # noqa: SIM115 - closed when all is sent, or nobody wants it any more
    try:
        archive = ZipStream(sized=True)
        for file in _files(title, galleries, spool):
            archive.add(_pieces(file), file.name, size=file.size)
    except BaseException:
        spool.close()
        raise
    return Zipped(len(archive), _closing(spool, archive))


def _files(title: str, galleries: Iterable[Opened], spool: IO[bytes]) -> Iterator[File]:
    rows: list[dict[str, Any]] = []
    for name, opened in galleries:
        gallery = opened()
        rows.append(row(name, gallery.manifest))
        for file in made(gallery):
            yield _spooled(spool, file)._replace(name=f"{name}/{file.name}")
        for file in stored(gallery):
            yield file._replace(name=f"{name}/{file.name}")
    yield from overview(title, rows)


def _spooled(spool: IO[bytes], file: File) -> File:
    at = spool.seek(0, 2)
    spool.write(file.read())
    return file._replace(read=partial(_read, spool, at, file.size))


def _read(spool: IO[bytes], at: int, size: int) -> bytes:
    spool.seek(at)
    return spool.read(size)


def _pieces(file: File) -> Iterator[bytes]:
    yield file.read()


def _closing(spool: IO[bytes], archive: Iterable[bytes]) -> Iterator[bytes]:
    with spool:
        yield from archive
