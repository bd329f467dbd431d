"""Detects changes of models by a few file stamps."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from inverset.sampler.zoo.own import kept
from inverset.sampler.zoo.own.file import FILE, tables


def of_folder(folder: Path) -> object:
    """The stamp of ``models.toml`` and of the measurements."""
    return _stat(folder / FILE), _stat(folder / kept.FOLDER)


def of_model(folder: Path, name: str) -> object:
    """The stamp of a model's entry, of its files, and of its measurements. Raises BadEntry as ``tables``."""
    table = tables(folder).get(name)
    named = sorted(set(_texts(table)))
    places = [place for text in named for place in (text, text.partition(":")[2], text.rpartition("#")[0])]
    files = [_stat(folder / place) for place in places if place]
    return repr(table), files, [measured.folder.name for measured in kept.of_name(folder, name)]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _stat(path: Path) -> object:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
