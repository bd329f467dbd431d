"""Folders for galleries: filled aside, then put in place whole. Nothing of a user's is written over."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from inverset.refusals import Sorry


class FolderTaken(Sorry):
    """The folder is in use; the message says so to users."""


class DamagedArchive(Sorry):
    """What should be a zip file is none."""


def check_free(folder: Path) -> None:
    """See whether a folder can be filled.

    Raises:
        FolderTaken: it is a file, or something is in it.
    """
    if folder.exists() and not folder.is_dir():
        raise FolderTaken(f"{folder} is a file; name a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise FolderTaken(f"the folder {folder} is not empty; name another one")


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """A folder to write to, which becomes ``folder`` at the end of the block; after an error, nothing is left of it.

    Raises:
        FolderTaken: there is something in ``folder``.
    """
    check_free(folder)
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as aside:
        draft = Path(aside) / "draft"
        draft.mkdir()
        yield draft
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)


def unpack(archive: Path, folder: Path) -> None:
    """Unzip into a folder, and remove the zip file.

    Raises:
        DamagedArchive: it is not a whole zip file.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(folder)  # `extractall` keeps every name within the folder
    except zipfile.BadZipFile as wrong:
        raise DamagedArchive(f"what the server sent is not a whole zip file: {wrong}") from None
    archive.unlink()
