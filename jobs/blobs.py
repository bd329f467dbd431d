"""Where files lie, by name: a folder now; whatever keeps this protocol later."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from jobs.lifecycle import NotFound

PIECE = 1 << 18  # bytes read at a time


class BlobStore(Protocol):
    """Files by names like ``jobs/job_1/images/000000.png``; written whole, then never changed by half."""

    def put(self, name: str, content: bytes) -> None:
        """Write or replace a file, so that nobody ever reads half of it.

        Raises:
            OSError: it could not be written; ENOSPC where the disk is full.
        """

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


def open_store(url: str) -> BlobStore:
    """The store behind a URL ``file:///folder``.

    Raises:
        ValueError: no store is known for such a URL.
    """
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        raise ValueError(f"INVERSET_BLOB_URL is {url!r}; it should look like file:///path/of/a/folder")
    return FolderStore(Path(unquote(parts.path)))


class FolderStore:
    """A folder of the file system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, content: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renaming is atomic. A power cut may lose what is not synced; a killed process loses nothing.
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            draft.write_bytes(content)
            draft.replace(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def get(self, name: str) -> bytes:
        return b"".join(self.stream(name))

    def stream(self, name: str) -> Iterator[bytes]:
        try:
            file = self._path(name).open("rb")
        except FileNotFoundError:
            raise NotFound(f"the file {name} is missing") from None

        def pieces() -> Iterator[bytes]:
            with file:
                while piece := file.read(PIECE):
                    yield piece

        return pieces()

    def size(self, name: str) -> int:
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            raise NotFound(f"the file {name} is missing") from None

    def exists(self, name: str) -> bool:
        return self._path(name).is_file()

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def delete_prefix(self, prefix: str) -> None:
        shutil.rmtree(self._path(prefix), ignore_errors=True)

    def _path(self, name: str) -> Path:
        parts = name.rstrip("/").split("/")
        if any(part in {"", ".", ".."} or os.sep in part for part in parts):
            raise ValueError(f"{name!r} is not the name of a file here")
        return self.folder.joinpath(*parts)
