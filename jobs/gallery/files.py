"""All files of a gallery, as one list: what the zip and the folder both are made of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from jobs.gallery import page, sheet
from jobs.gallery.contents import VERSION, Gallery, codes

MANIFEST = "manifest.json"


class File(NamedTuple):
    """One file."""

    name: str
    content: bytes


def files(gallery: Gallery) -> Iterator[File]:
    """Every file, one in memory at a time; the pictures first, since what is made of all of them takes its time."""
    yield from stored(gallery)
    yield from made(gallery)


def stored(gallery: Gallery) -> Iterator[File]:
    """The pictures."""
    names = [sample["file"] for sample in gallery.samples]
    yield from map(File, names, gallery.several(sample["index"] for sample in gallery.samples))


def made(gallery: Gallery) -> Iterator[File]:
    """The files that are made of what is known."""
    yield File(MANIFEST, json.dumps(gallery.manifest, indent=1, allow_nan=False).encode())
    yield File("index.html", page.page(gallery).encode())
    yield File("contact-sheet.png", sheet.contact_sheet(gallery))
    yield File("animation.webp", sheet.animation(gallery))
    yield File("codes.safetensors", codes(gallery))


def overview(title: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[File]:
    """The files over several galleries, by a ``page.row`` of each."""
    told = {"inverset": VERSION, "title": title, "galleries": [row["folder"] for row in rows]}
    yield File(MANIFEST, json.dumps(told, indent=1).encode())
    yield File("index.html", page.overview(title, rows).encode())
