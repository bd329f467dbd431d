"""Files in a folder of the file system."""

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from inverset.contract.errors import NotFound
from inverset.storage.protocol import PIECE, Blob, steps, whole


class FolderStore:
    """A folder and everything below it."""

    at_once = 1  # a disk is quick enough

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

    def get_range(self, name: str, start: int, size: int) -> bytes:
        with self._opened(name) as file:
            file.seek(start)
            return whole(file.read(size), name, start, size)

    def stream(self, name: str) -> Iterator[bytes]:
        file = self._opened(name)

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

    def names(self, prefix: str = "") -> Iterator[Blob]:
        # Drafts of killed processes are listed too: nothing else would ever find them.
        top = self._path(prefix) if prefix else self.folder
        for inside, _, files in os.walk(top):
            for path in (Path(inside, file) for file in files):
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                name = path.relative_to(self.folder).as_posix()
                yield Blob(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def presigned(self, name: str, seconds: int, content_type: str, filename: str) -> str | None:  # noqa: ARG002
        return None

    def _opened(self, name: str) -> BinaryIO:
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            raise NotFound(f"the file {name} is missing") from None

    def _path(self, name: str) -> Path:
        return self.folder.joinpath(*steps(name))
