"""All files of a gallery as one list, from which both the zip and the folder are made."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from inverset.gallery import page, sheets
from inverset.gallery.contents import VERSION, Gallery, codes
from inverset.gallery.figure import figure

MANIFEST = "manifest.json"
MADE: Mapping[str, Callable[[Gallery], bytes]] = {  # of what is known
    MANIFEST: lambda gallery: json.dumps(gallery.manifest.to_json(), indent=1, allow_nan=False).encode(),
    "index.html": lambda gallery: page.page(gallery).encode(),
    "contact-sheet.png": sheets.contact_sheet,
    "animation.webp": sheets.animation,
    "codes.safetensors": codes,
    "figure.png": lambda gallery: figure(gallery).png(),
    "figure.svg": lambda gallery: figure(gallery).svg(),
}


class File(NamedTuple):
    """One file, read when needed; the files of a list are read once each, in order."""

    name: str
    size: int  # bytes
    read: Callable[[], bytes]
    stream: Callable[[], Iterator[bytes]] | None = None  # the same in pieces, where it may be large

    def pieces(self) -> Iterator[bytes]:
        """The file's content in pieces; reading begins with the first."""
        if self.stream is None:
            yield self.read()
        else:
            yield from self.stream()

    @classmethod
    def of(cls, name: str, content: bytes) -> "File":
        """A file that is already in memory."""
        return cls(name, len(content), lambda: content)


def files(gallery: Gallery) -> Iterator[File]:
    """All files: first the pictures, then the files made from them."""
    yield from stored(gallery)
    yield from made(gallery)


def stored(gallery: Gallery) -> Iterator[File]:
    """The pictures, some read ahead of their turn, their starts, and the sheets."""
    contents = gallery.pictures(sample.index for sample in gallery.samples)
    for sample in gallery.samples:
        yield File(sample.file, gallery.size(sample.index), contents.__next__)
    began = [(sample.index, sample.start) for sample in gallery.samples if sample.start is not None]
    starts = gallery.starts(index for index, _ in began)
    for index, start in began:
        yield File(start.file, gallery.start_size(index), starts.__next__)
    for name, read in gallery.sheets.items():
        yield File.of(name, read())


def made(gallery: Gallery) -> Iterator[File]:
    """The files made from the manifest and the pictures."""
    for name, make in MADE.items():
        yield File.of(name, make(gallery))


def overview(title: str, rows: Sequence[page.Row]) -> Iterator[File]:
    """The files over several galleries, given a ``page.row`` of each."""
    manifest = {"inverset": VERSION, "title": title, "galleries": [row.folder for row in rows]}
    yield File.of(MANIFEST, json.dumps(manifest, indent=1).encode())
    yield File.of("index.html", page.overview(title, rows).encode())
