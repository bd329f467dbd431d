"""Lists files below a folder: links to folders are followed, hidden and thumbnail folders are skipped."""

import logging
import os
from collections.abc import Collection, Iterator
from pathlib import Path

log = logging.getLogger(__name__)
_NOT_MEANT = {  # folders that other programs put beside one's images
    "@eadir",  # thumbnails of a Synology
    "@recycle",
    "#recycle",
    "$recycle.bin",
    "__macosx",
}


def files(folder: Path, suffixes: Collection[str]) -> tuple[Path, ...]:
    """All files below a folder with one of these suffixes, large or small, in the order of their names.

    Each folder counts once, however many links lead to it, so that a loop of links ends; the way without links is preferred.
    A file or folder whose name begins with a dot is not meant, nor are thumbnails and bins of other programs.
    """
    seen, links, paths = set[tuple[int, int]](), [folder], list[Path]()
    while links:
        paths.extend(_below(links.pop(0), seen, links))
    return tuple(sorted(path for path in paths if path.suffix.lower() in suffixes))


def unreadable(folder: Path) -> list[Path]:
    """Files and folders, the folder itself among them, that this process may not read."""
    closed = list[OSError]()
    paths = [
        Path(current, name) for current, _, names in os.walk(folder, onerror=closed.append) for name in names
    ]
    refused = [path for path in paths if not os.access(path, os.R_OK, effective_ids=True)]
    return sorted([*refused, *(Path(error.filename) for error in closed)])


def _below(folder: Path, seen: set[tuple[int, int]], links: list[Path]) -> Iterator[Path]:
    """The files below a folder without following links to folders, which are appended to ``links``."""
    folders = [folder]
    while folders:
        current = folders.pop()
        try:
            stat = current.stat()
            if (stat.st_dev, stat.st_ino) in seen:
                continue
            seen.add((stat.st_dev, stat.st_ino))
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError as error:
            log.warning("%s is left out: %s", current, error)
            continue
        for path in (Path(entry) for entry in entries if _is_visible(entry.name)):
            if path.is_dir():  # False for a link to itself, too
                (links if path.is_symlink() else folders).append(path)
            elif path.is_file():
                yield path


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name.casefold() not in _NOT_MEANT
