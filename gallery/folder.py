"""Galleries as folders: written and read."""

import json
from pathlib import Path
from typing import Any

from inverset.contract.decoding import Malformed
from inverset.contract.errors import DomainError
from inverset.contract.manifest import Manifest
from inverset.gallery.contents import Gallery
from inverset.gallery.files import MANIFEST, files


class DamagedGallery(DomainError):
    """A folder that should be a gallery but is not; the message says why."""


def write(gallery: Gallery, folder: Path) -> None:
    """Write every file of a gallery into a folder.

    Raises:
        OSError: a file could not be written.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    if any(sample.start for sample in gallery.samples):
        (folder / "starts").mkdir(exist_ok=True)
    for file in files(gallery):
        (folder / file.name).write_bytes(file.read())


def find(folder: Path) -> list[Path]:
    """The gallery in a folder, or the galleries that its overview names.

    Raises:
        DamagedGallery: there is no manifest, or it is not JSON or of another shape.
    """
    content = _read(folder)
    if "galleries" not in content:
        _manifest(folder, content)
        return [folder]
    names = content["galleries"]
    if not (isinstance(names, list) and names and all(_is_name(name) for name in names)):
        raise DamagedGallery(f"{folder / MANIFEST} names no galleries in this folder")
    return [folder / name for name in names]


def manifest(folder: Path) -> Manifest:
    """The manifest of the gallery in a folder. Raises as ``find`` does."""
    return _manifest(folder, _read(folder))


def _manifest(folder: Path, content: dict[str, Any]) -> Manifest:
    try:
        return Manifest.of(content)
    except Malformed as error:
        raise DamagedGallery(f"{folder / MANIFEST} is damaged: {error}") from None


def _read(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DamagedGallery(f"{folder} is not a gallery: it has no {MANIFEST}") from None
    except (OSError, ValueError) as error:
        raise DamagedGallery(f"{path} cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise DamagedGallery(f"{path} is damaged: it is not a JSON object")
    return content


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name not in {"", ".", ".."} and "/" not in name and "\\" not in name
