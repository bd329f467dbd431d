"""All files of a gallery, as one list: what the zip and the folder both are made of."""

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from jobs.gallery import page, sheet
from jobs.gallery.contents import Gallery, codes


class File(NamedTuple):
    """One file; its size is known before it is read."""

    name: str
    size: int
    read: Callable[[], bytes]


def files(gallery: Gallery) -> Iterator[File]:
    """Every file, the pictures last; only the few that are made, not stored, are held in memory."""
    yield _made("manifest.json", json.dumps(gallery.manifest, indent=1, allow_nan=False).encode())
    yield _made("index.html", page.page(gallery).encode())
    yield _made("contact-sheet.png", sheet.contact_sheet(gallery))
    yield _made("animation.webp", sheet.animation(gallery))
    yield _made("codes.safetensors", codes(gallery))
    for sample, size in zip(gallery.samples, gallery.sizes, strict=True):
        yield File(sample["file"], size, lambda index=sample["index"]: gallery.picture(index))  # type: ignore[misc]


def _made(name: str, content: bytes) -> File:
    return File(name, len(content), lambda: content)
