"""What every store of files can do."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

PIECE = 1 << 18  # bytes read at a time


class StoreUnavailable(OSError):
    """The store does not answer, or refuses what it should not; later it may do it."""


class StoreRefuses(StoreUnavailable):
    """The store refuses, and will until somebody changes its rules, its keys or what is asked of it."""


class Blob(NamedTuple):
    """A file as a store lists it."""

    name: str
    size: int  # bytes
    modified: datetime  # by the store's clock


class BlobStore(Protocol):
    """Files by names like ``jobs/job_1/images/000000.png``; written whole, then never changed by half.

    Where the store does not answer, refuses or is full, every method raises OSError: ENOSPC if it is full.
    """

    @property
    def at_once(self) -> int:
        """How many files are best read or written side by side."""

    def put(self, name: str, content: bytes) -> None:
        """Write or replace a file, so that nobody ever reads half of it."""

    def get(self, name: str) -> bytes:
        """The whole file.

        Raises:
            NotFound: there is none.
        """

    def stream(self, name: str) -> Iterator[bytes]:
        """The file in pieces. Raises as ``get`` does, at once."""

    def size(self, name: str) -> int:
        """Its length in bytes. Raises as ``get`` does."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

    def delete(self, name: str) -> None:
        """Remove one file, if it is there."""

    def delete_prefix(self, prefix: str) -> None:
        """Remove the folder ``prefix`` and all in it, if it is there."""

    def names(self, prefix: str = "") -> Iterator[Blob]:
        """All files in the folder ``prefix``, in no order; files that come or go meanwhile may be missed."""

    def presigned(self, name: str, seconds: int, content_type: str, filename: str) -> str | None:
        """A URL that hands the file to whoever has it, for so long; None: this store has no such thing."""


def steps(name: str) -> list[str]:
    """The folders on the way to a file, and the file.

    Raises:
        ValueError: that is no name.
    """
    found = name.rstrip("/").split("/")
    if any(step in {"", ".", ".."} or os.sep in step for step in found):
        raise ValueError(f"{name!r} is not the name of a file here")
    return found
