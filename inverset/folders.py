"""Folders for galleries: filled beside their place, then moved there whole. No other files of the user are overwritten."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from inverset.errors import UserError


class FolderTaken(UserError):
    """The folder is in use; the message is for the user."""


class DamagedArchive(UserError):
    """A file that should be a zip archive but is not."""


def check_free(folder: Path) -> None:
    """Check whether a folder can be filled.

    Raises:
        FolderTaken: it is a file, or something is in it.
    """
    if folder.exists() and not folder.is_dir():
        raise FolderTaken(f"{folder} is a file; choose a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise FolderTaken(f"the folder {folder} is not empty; choose another one")


def check_replaceable(folder: Path) -> None:
    """Check whether a folder can be filled; an older gallery in it may be replaced.

    Raises:
        FolderTaken: it is a file, or something else is in it.
    """
    if not _is_gallery(folder):
        check_free(folder)


@contextmanager
def filling(folder: Path, *, replace: bool = False) -> Iterator[Path]:
    """A folder to write to, which becomes ``folder`` at the end of the block; after an error nothing is left of it.

    Raises:
        FolderTaken: there is something in ``folder``; with ``replace``, something other than a gallery.
    """
    check = check_replaceable if replace else check_free
    check(folder)
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as aside:
        draft = Path(aside) / "draft"
        draft.mkdir()
        yield draft
        check(folder)
        if folder.exists():
            folder.rename(Path(aside) / "older")
        draft.rename(folder)


def unpack(archive: Path, folder: Path) -> None:
    """Unzip into a folder, and remove the zip file.

    Raises:
        DamagedArchive: it is not a whole zip file.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(folder)  # `extractall` keeps every name within the folder
    except zipfile.BadZipFile as error:
        raise DamagedArchive(f"the server did not send a complete zip file: {error}") from None
    archive.unlink()


def _is_gallery(folder: Path) -> bool:
    """Whether the folder has one of our manifests."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and "inverset" in manifest
