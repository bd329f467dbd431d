"""A zip archive that is sent while its files are read."""

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from zipfile import ZIP64_LIMIT, ZIP_FILECOUNT_LIMIT

from zipstream import ZipStream

from inverset.gallery.contents import VERSION
from inverset.gallery.files import File

EARLIEST = datetime(1980, 1, 1)  # noqa: DTZ001 - zips know no zones
DATE_OF_FILE, DATE_IN_LIST = 10, 12  # where the date stands before a file, and in the list at the end
LISTED = b"PK\x01\x02"  # the beginning of an entry of that list
HEADER, DESCRIPTOR, ENTRY, END = 30, 16, 46, 22  # bytes; header and entry are followed by the file's name


class Zipped(NamedTuple):
    """A zip of known size that is not built yet."""

    size: int  # bytes, exactly
    pieces: Iterator[bytes]
    tag: str  # two zips of the same tag have the same bytes


def zipped(listed: Iterable[File], at: datetime = EARLIEST, state: str = "") -> Zipped:
    """The files as a zip without compression: PNGs do not shrink, and so the size is known before the first byte.

    Args:
        listed: what is in it.
        at: the date that its files bear.
        state: what their content depends on, but for this software and their names and sizes.
    """
    all_of_them = list(listed)
    about = [VERSION, state, at.isoformat(), *(f"{file.size} {file.name}" for file in all_of_them)]
    tag = hashlib.sha256("\n".join(about).encode()).hexdigest()
    return Zipped(_size(all_of_them), _pieces(all_of_them, at), tag)


def _size(listed: Sequence[File]) -> int:
    """The size of the zip; the library takes forty times as long to compute it, but knows the layout of large zips."""
    each = HEADER + DESCRIPTOR + ENTRY
    size = END + sum(each + 2 * len(file.name.encode()) + file.size for file in listed)
    if size < ZIP64_LIMIT and len(listed) < ZIP_FILECOUNT_LIMIT:
        return size
    archive = ZipStream(sized=True)
    for file in listed:
        archive.add((), file.name, size=file.size)
    return len(archive)


def _pieces(listed: Sequence[File], at: datetime) -> Iterator[bytes]:
    """Heads and contents. The archive dates what has no file by the moment at which it is sent, which differs from time to
    time; so the date is written into its heads here.
    """
    archive, date = (
        ZipStream(sized=True),
        _date(at),
    )  # sized: a file of another size than announced is an error
    for file in listed:
        archive.add(file.pieces(), file.name, size=file.size)
        entry = archive.all_files()
        yield _dated(next(entry), DATE_OF_FILE, date)
        yield from entry
    for piece in archive.footer():
        yield _dated(piece, DATE_IN_LIST, date) if piece.startswith(LISTED) else piece


def _dated(head: bytes, place: int, date: bytes) -> bytes:
    return head[:place] + date + head[place + len(date) :]


def _date(at: datetime) -> bytes:
    """A date in a zip's resolution: two seconds, from 1980 on."""
    time = at.hour << 11 | at.minute << 5 | at.second // 2
    return struct.pack("<HH", time, (at.year - EARLIEST.year) << 9 | at.month << 5 | at.day)
