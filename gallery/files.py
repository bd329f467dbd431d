"""All files of a gallery, as one list: what the zip and the folder both are made of."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from inverset.gallery import page, sheets
from inverset.gallery.contents import VERSION, Gallery, codes

MANIFEST = "manifest.json"
MADE: Mapping[str, Callable[[Gallery], bytes]] = {  # of what is known
    MANIFEST: lambda gallery: json.dumps(gallery.manifest.to_json(), indent=1, allow_nan=False).encode(),
    "index.html": lambda gallery: page.page(gallery).encode(),
    "contact-sheet.png": sheets.contact_sheet,
    "animation.webp": sheets.animation,
    "codes.safetensors": codes,
}


class File(NamedTuple):
    """One file, read when it is needed; those of a list are read once each, in their order."""

    name: str
    size: int  # bytes
    read: Callable[[], bytes]
    stream: Callable[[], Iterator[bytes]] | None = None  # the same in pieces, where it may be large

    def pieces(self) -> Iterator[bytes]:
        """What is read, when the first piece is asked for."""
        if self.stream is None:
            yield self.read()
        else:
            yield from self.stream()

    @classmethod
    def of(cls, name: str, content: bytes) -> "File":
        """One that is in memory already."""
        return cls(name, len(content), lambda: content)


def files(gallery: Gallery) -> Iterator[File]:
    """Every file: the pictures, then what is made of them."""
    yield from stored(gallery)
    yield from made(gallery)


def stored(gallery: Gallery) -> Iterator[File]:
    """The pictures, some of them read ahead of their turn, what they began as, and the sheets beside them."""
    contents = gallery.several(sample.index for sample in gallery.samples)
    for sample in gallery.samples:
        yield File(sample.file, gallery.size(sample.index), contents.__next__)
    for sample in gallery.samples:
        if sample.start is not None:
            yield File(
                sample.start.file, gallery.start_size(sample.index), partial(gallery.start, sample.index)
            )
    for name, read in gallery.sheets.items():
        yield File.of(name, read())


def made(gallery: Gallery) -> Iterator[File]:
    """The files that are made of what is known, one after the other."""
    for name, make in MADE.items():
        yield File.of(name, make(gallery))


def overview(title: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[File]:
    """The files over several galleries, by a ``page.row`` of each."""
    told = {"inverset": VERSION, "title": title, "galleries": [row["folder"] for row in rows]}
    yield File.of(MANIFEST, json.dumps(told, indent=1).encode())
    yield File.of("index.html", page.overview(title, rows).encode())
