"""The interface of an object store."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from inverset.contract.errors import NotFound

PIECE = 1 << 18  # bytes read at a time


class StoreUnavailable(OSError):
    """The store does not answer, or refuses for a reason that may pass."""


class StoreRefuses(StoreUnavailable):
    """The store refuses, and will until its rules, its keys or the request change."""


class Blob(NamedTuple):
    """A file in a store's listing."""

    name: str
    size: int  # bytes
    modified: datetime  # by the store's clock


class Place(NamedTuple):
    """Where bytes lie: in a file of their own, or in a range of a file with others."""

    name: str  # of the file
    size: int  # bytes
    start: int | None = None  # the first byte; None: they are the whole file

    @property
    def is_range(self) -> bool:
        """Whether the file holds other bytes too."""
        return self.start is not None


class BlobStore(Protocol):
    """Files by names like ``jobs/job_1/images/000000.png``; each is written as a whole.

    Where the store does not answer, refuses or is full, every method raises OSError: ENOSPC if it is full.
    """

    @property
    def at_once(self) -> int:
        """The best number of files to read or write in parallel."""

    def put(self, name: str, content: bytes) -> None:
        """Write or replace a file atomically: a reader never sees half of it."""

    def get(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            NotFound: there is none.
        """

    def get_range(self, name: str, start: int, size: int) -> bytes:
        """``size`` bytes of a file, at least one, from ``start`` on.

        Raises:
            NotFound: there is no such file, or it ends before.
        """

    def stream(self, name: str) -> Iterator[bytes]:
        """The content of a file in pieces. Raises as ``get`` does, at once."""

    def size(self, name: str) -> int:
        """The length of a file in bytes. Raises as ``get`` does."""

    def exists(self, name: str) -> bool:
        """Whether a file exists."""

    def delete(self, name: str) -> None:
        """Delete one file, if it exists."""

    def delete_prefix(self, prefix: str) -> None:
        """Delete the folder ``prefix`` and everything in it, if it exists."""

    def names(self, prefix: str = "") -> Iterator[Blob]:
        """All files in the folder ``prefix``, in no order; files that come or go meanwhile may be missed."""

    def presigned(self, name: str, seconds: int, content_type: str, filename: str) -> str | None:
        """A URL that gives access to the file for so long; None: this store has no such URLs."""


def steps(name: str) -> list[str]:
    """The folders on the way to a file, and the file.

    Raises:
        ValueError: that is no name.
    """
    parts = name.rstrip("/").split("/")
    if any(step in {"", ".", ".."} or os.sep in step for step in parts):
        raise ValueError(f"{name!r} is not a valid file name here")
    return parts


def whole(content: bytes, name: str, start: int, size: int) -> bytes:
    """The bytes of a range. Raises NotFound if the file ended before all of them."""
    if len(content) != size:
        raise NotFound(f"the file {name} has no bytes {start} to {start + size - 1}")
    return content
