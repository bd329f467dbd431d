"""All files of a gallery, as one list: what the zip and the folder both are made of."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from jobs.gallery import page, sheet
from jobs.gallery.contents import VERSION, Gallery, codes

MANIFEST = "manifest.json"


class File(NamedTuple):
    """One file; its size is known before it is read."""

    name: str
    size: int
    read: Callable[[], bytes]


def files(gallery: Gallery) -> Iterator[File]:
    """Every file, the pictures last; only the few that are made, not stored, are held in memory."""
    yield from made(gallery)
    yield from stored(gallery)


def made(gallery: Gallery) -> Iterator[File]:
    """The files that are made of what is known, each held in memory."""
    yield _made(MANIFEST, json.dumps(gallery.manifest, indent=1, allow_nan=False).encode())
    yield _made("index.html", page.page(gallery).encode())
    yield _made("contact-sheet.png", sheet.contact_sheet(gallery))
    yield _made("animation.webp", sheet.animation(gallery))
    yield _made("codes.safetensors", codes(gallery))


def stored(gallery: Gallery) -> Iterator[File]:
    """The pictures, each read when it is needed."""
    for sample, size in zip(gallery.samples, gallery.sizes, strict=True):
        yield File(sample["file"], size, partial(gallery.picture, sample["index"]))


def overview(title: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[File]:
    """The files over several galleries, by a ``page.row`` of each."""
    told = {"inverset": VERSION, "title": title, "galleries": [row["folder"] for row in rows]}
    yield _made(MANIFEST, json.dumps(told, indent=1).encode())
    yield _made("index.html", page.overview(title, rows).encode())


def _made(name: str, content: bytes) -> File:
    return File(name, len(content), lambda: content)
