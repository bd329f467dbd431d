"""Reads images from the store. Every reader of a sample's image comes here: it may lie in a pack or in a file of its own."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from inverset.contract.errors import NotFound
from inverset.gallery import image_codec
from inverset.jobs.stored_images import StoredImage
from inverset.storage import BlobStore, Place, ahead

WINDOW = 1 << 22  # bytes that are read to be put into order
GAP = 1 << 17  # bytes between two ranges that are read along rather than asked for apart


class _Read(NamedTuple):
    """One request: bytes of a file, and the ranges of which it is made."""

    whole: Place
    parts: Sequence[tuple[int, Place]]  # each with its number in the window


def read(blobs: BlobStore, place: Place) -> bytes:
    """The bytes at a place. Raises NotFound if they are missing."""
    if place.start is None:
        return blobs.get(place.name)
    return blobs.get_range(place.name, place.start, place.size)


def read_all(blobs: BlobStore, places: Iterable[Place]) -> Iterator[bytes]:
    """The bytes at each place, in order; neighbours in a file come with one request, and the next ones are read ahead.

    Raises NotFound, in its turn, if some are missing.
    """
    windows = [_reads(window) for window in _windows(places)]
    contents = ahead((partial(read, blobs, each.whole) for reads in windows for each in reads), blobs.at_once)
    for reads in windows:
        yield from _in_order(reads, contents)


def thumbnail(blobs: BlobStore, image: StoredImage) -> bytes:
    """The small WebP of an image; for a job of an earlier version it is made now, and kept.

    Raises:
        NotFound: the image is missing too.
    """
    if image.thumbnail is not None:
        return read(blobs, image.thumbnail)
    try:
        return blobs.get(image.thumbnail_name)
    except NotFound:
        content = image_codec.thumbnail(image_codec.decode(read(blobs, image.png)))
        blobs.put(image.thumbnail_name, content)
        return content


def _windows(places: Iterable[Place]) -> Iterator[Sequence[Place]]:
    """The places in groups of WINDOW bytes at most, or of one."""
    window, size = list[Place](), 0
    for place in places:
        if window and size + place.size > WINDOW:
            yield window
            window, size = [], 0
        window.append(place)
        size += place.size
    if window:
        yield window


def _reads(window: Sequence[Place]) -> Sequence[_Read]:
    """The requests for a window's places."""
    files = dict[str, list[tuple[int, Place]]]()
    for numbered in enumerate(window):
        files.setdefault(numbered[1].name, []).append(numbered)
    return [_Read(_around(run), run) for parts in files.values() for run in _runs(parts)]


def _runs(parts: Sequence[tuple[int, Place]]) -> Iterator[Sequence[tuple[int, Place]]]:
    """The ranges of one file, by where they begin, cut where they lie far apart."""
    run, end = list[tuple[int, Place]](), 0
    for number, place in sorted(parts, key=lambda part: part[1].start or 0):
        start = place.start or 0
        if run and start > end + GAP:
            yield run
            run = []
        run.append((number, place))
        end = max(end, start + place.size)
    yield run


def _around(run: Sequence[tuple[int, Place]]) -> Place:
    """The range that holds all ranges of a run."""
    first = run[0][1]
    if first.start is None:
        return first
    end = max((place.start or 0) + place.size for _, place in run)
    return Place(first.name, end - first.start, first.start)


def _in_order(reads: Sequence[_Read], contents: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes of a window's places, in the window's order."""
    found, turn = dict[int, bytes](), 0
    for (whole, parts), content in zip(reads, contents, strict=False):  # contents go on to later windows
        for number, place in parts:
            found[number] = content if place.start is None else _cut(content, whole, place)
        while turn in found:
            yield found.pop(turn)
            turn += 1


def _cut(content: bytes, whole: Place, place: Place) -> bytes:
    begin = (place.start or 0) - (whole.start or 0)
    return content[begin : begin + place.size]
