"""A folder of natural images: listed, identified by content, and decoded a few at a time."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.own import decoding
from inverset.sampler.zoo.own.decoding import Undecodable, decoded
from inverset.sampler.zoo.own.walking import files
from inverset.sampler.zoo.parts import Size

log = logging.getLogger(__name__)
_TOLD = 50  # files between two words of progress
KINDS = (".jpg", ".jpeg", ".png", ".webp")
_NAMED = 3  # files that are named where some are left out


@dataclass(frozen=True)
class Pictures:
    """Images of any size, each resized to ``size`` by its shorter side and centre-cropped."""

    files: tuple[Path, ...]
    size: Size
    left_out: Mapping[Path, str] = field(default_factory=dict)  # files that cannot be decoded, and why

    def __len__(self) -> int:
        return len(self.files)

    @classmethod
    def of(cls, folder: Path, size: Size) -> "Pictures":
        """All images below a folder, in the order of their names; links to folders are followed, hidden files are skipped.

        Raises:
            BadEntry: there is no such folder, or nothing in it.
        """
        if not folder.is_dir():
            raise BadEntry(f"images: there is no folder {folder}")
        paths = files(folder, KINDS)
        if not paths:
            raise BadEntry(f"images: {folder} holds no {', '.join(kind[1:] for kind in KINDS)}")
        return cls(paths, size)

    def some(self, count: int | None) -> "Pictures":
        """This many of the images, evenly spread; None: all."""
        if count is None or count >= len(self.files):
            return self
        return Pictures(
            tuple(self.files[number * len(self.files) // count] for number in range(count)), self.size
        )

    def readable(self, keep: Path, on_progress: Callable[[int, int, str], object]) -> "Pictures":
        """The images that can be decoded; the others are in ``left_out``, and in the log on their first read.

        The checks are stored in a file beside the models.
        """
        noted, left_out = Noted(keep), dict[Path, str]()
        for number, path in enumerate(self.files):
            if noted.sha256(path) is None:
                left_out[path] = noted.reason(path)
            if (number + 1) % _TOLD == 0 or number + 1 == len(self.files):
                on_progress(number + 1, len(self.files), "files looked at")
        noted.keep()
        good = tuple(path for path in self.files if path not in left_out)
        if not good:
            raise BadEntry(
                f"images: none of the {len(self.files)} files can be read, as {self.files[0]}: {left_out[self.files[0]]}"
            )
        return Pictures(good, self.size, left_out)

    @property
    def missing(self) -> str:
        """How many files are left out, with the names of some and the reasons; empty where none are."""
        if not self.left_out:
            return ""
        some = [f"{path} ({why})" for path, why in list(self.left_out.items())[:_NAMED]]
        more = f" and {len(self.left_out) - _NAMED} more" if len(self.left_out) > _NAMED else ""
        are = "1 file is" if len(self.left_out) == 1 else f"{len(self.left_out)} files are"
        return f"{are} left out: {', '.join(some)}{more}"

    def sha256(self, keep: Path) -> str:
        """The SHA-256 of all contents, in order, and of the size after resizing."""
        noted, total = Noted(keep), hashlib.sha256(repr(self.size).encode())
        for path in self.files:
            total.update((noted.sha256(path) or "").encode())
        noted.keep()
        return total.hexdigest()

    def read(self, rows: Sequence[int]) -> Tensor:
        """The images with these numbers: (len, 3, h, w) uint8.

        Raises:
            BadEntry: one has become unreadable since it was looked at.
        """
        images = torch.empty((len(rows), 3, *self.size), dtype=torch.uint8)
        for place, row in enumerate(rows):
            try:
                images[place] = decoded(self.files[row], self.size)
            except Undecodable as error:
                raise BadEntry(f"images: {self.files[row]} cannot be read any more: {error}") from None
        return images

    def batches(self, first: int, batch: int) -> Iterator[Tensor]:
        """Batches of images from a number on: (b, 3, h, w) uint8."""
        for start in range(first, len(self.files), batch):
            yield self.read(range(start, min(start + batch, len(self.files))))


class Noted:
    """The SHA-256 of files that were read once, by path, length and modification time; None: the file is no image."""

    def __init__(self, path: Path) -> None:
        self._path, self._changed = path, False

    @cached_property
    def _known(self) -> dict[str, list[object]]:
        try:
            sums: dict[str, list[object]] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return sums

    def sha256(self, path: Path) -> str | None:
        """The SHA-256 of a file's content; None, with a line in the log, if it cannot be decoded."""
        known, stamp = self._known.get(str(path)), _stamp(path)
        if known is None or known[: len(stamp)] != stamp:
            self._known[str(path)] = known = [*stamp, *_looked_at(path)]
            self._changed = True
        return None if known[-2] is None else str(known[-2])

    def reason(self, path: Path) -> str:
        """The reason why a known file cannot be decoded."""
        return str(self._known[str(path)][-1])

    def keep(self) -> None:
        """Write new entries to the file, if there are any; a read-only folder is ignored."""
        if not self._changed:
            return
        draft = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(self._known))
            draft.replace(self._path)
        except OSError as error:
            log.warning("%s was not saved: %s", self._path, error)
        self._changed = False


def _stamp(path: Path) -> list[object]:
    """A text that changes with the file, and with the way of decoding."""
    try:
        stat = path.stat()
    except OSError:  # it went away
        return [decoding.VERSION, 0, 0]
    return [decoding.VERSION, stat.st_size, stat.st_mtime_ns]


def _looked_at(path: Path) -> tuple[str | None, str]:
    """The SHA-256 of the content, or None and the reason."""
    try:
        decoded(path, (8, 8))
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest(), ""
    except (Undecodable, OSError) as error:
        log.warning("%s is left out: %s", path, error)
        return None, str(error)
