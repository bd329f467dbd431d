"""A folder of natural images: found, told apart by their content, and decoded a few at a time."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from sampler.zoo.errors import BadEntry
from sampler.zoo.parts import Size

log = logging.getLogger(__name__)
_TOLD = 50  # files between two words of progress
KINDS = (".jpg", ".jpeg", ".png", ".webp")
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
)  # what Pillow raises of a broken file


@dataclass(frozen=True)
class Pictures:
    """Images of any size, each brought to ``size`` as photographs are: its shorter side, then the middle."""

    files: tuple[Path, ...]
    size: Size

    def __len__(self) -> int:
        return len(self.files)

    @classmethod
    def of(cls, folder: Path, size: Size) -> "Pictures":
        """All images below a folder, in the order of their names.

        Raises:
            BadEntry: there is no such folder, or nothing in it.
        """
        if not folder.is_dir():
            raise BadEntry(f"images: there is no folder {folder}")
        found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS and path.is_file())
        if not found:
            raise BadEntry(f"images: {folder} holds no {', '.join(kind[1:] for kind in KINDS)}")
        return cls(tuple(found), size)

    def some(self, count: int | None) -> "Pictures":
        """So many of them, evenly spread; None: all."""
        if count is None or count >= len(self.files):
            return self
        return Pictures(
            tuple(self.files[number * len(self.files) // count] for number in range(count)), self.size
        )

    def readable(self, keep: Path, tell: Callable[[int, int, str], object]) -> "Pictures":
        """Those that can be decoded; the others are named in the log. What is found out is kept in a file beside the models."""
        noted, good = Noted(keep), list[Path]()
        for number, path in enumerate(self.files):
            if noted.sha256(path):
                good.append(path)
            if (number + 1) % _TOLD == 0 or number + 1 == len(self.files):
                tell(number + 1, len(self.files), "files looked at")
        noted.keep()
        if not good:
            raise BadEntry(f"images: none of the {len(self.files)} files can be read, as {self.files[0]}")
        return Pictures(tuple(good), self.size)

    def sha256(self, keep: Path) -> str:
        """Of all contents, in their order, and of the size that they are brought to."""
        noted, total = Noted(keep), hashlib.sha256(repr(self.size).encode())
        for path in self.files:
            total.update((noted.sha256(path) or "").encode())
        noted.keep()
        return total.hexdigest()

    def read(self, rows: Sequence[int]) -> Tensor:
        """Images by number: (len, 3, h, w) uint8.

        Raises:
            BadEntry: one has become unreadable since it was looked at.
        """
        images = torch.empty((len(rows), 3, *self.size), dtype=torch.uint8)
        for place, row in enumerate(rows):
            try:
                images[place] = decoded(self.files[row], self.size)
            except _UNREADABLE as wrong:
                raise BadEntry(f"images: {self.files[row]} cannot be read any more: {wrong}") from None
        return images

    def batches(self, first: int, batch: int) -> Iterator[Tensor]:
        """From a number on, so many at a time: (b, 3, h, w) uint8."""
        for start in range(first, len(self.files), batch):
            yield self.read(range(start, min(start + batch, len(self.files))))


def decoded(path: Path, size: Size) -> Tensor:
    """One image: (3, h, w) uint8, upright, without transparency. Raises what Pillow raises of a broken file."""
    with Image.open(path) as opened:
        opened.draft("RGB", (max(size), max(size)))  # a JPEG is decoded no larger than is of use
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    fitted = ImageOps.fit(upright, (size[1], size[0]), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(fitted)).permute(2, 0, 1)


class Noted:
    """The SHA-256 of files that were looked at once, by place, length and time of change; None: it is no image."""

    def __init__(self, path: Path) -> None:
        self._path, self._changed = path, False

    @cached_property
    def _known(self) -> dict[str, list[object]]:
        try:
            found: dict[str, list[object]] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return found

    def sha256(self, path: Path) -> str | None:
        """Of a file's content; None, with a line in the log, where it cannot be decoded."""
        stat = path.stat()
        stamp, known = [stat.st_size, stat.st_mtime_ns], self._known.get(str(path))
        if known is None or known[:2] != stamp:
            self._known[str(path)] = known = [*stamp, _looked_at(path)]
            self._changed = True
        return None if known[2] is None else str(known[2])

    def keep(self) -> None:
        """Write it down, if there is anything new; a folder that cannot be written does no harm."""
        if not self._changed:
            return
        draft = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(self._known))
            draft.replace(self._path)
        except OSError as wrong:
            log.warning("%s is not kept: %s", self._path, wrong)
        self._changed = False


def _looked_at(path: Path) -> str | None:
    try:
        decoded(path, (8, 8))
    except _UNREADABLE as wrong:
        log.warning("%s is left out: %s", path, wrong)
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
