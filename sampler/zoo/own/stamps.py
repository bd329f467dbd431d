"""Whether models have changed, told by a few looks at the disk."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from inverset.sampler.zoo.own import kept
from inverset.sampler.zoo.own.file import FILE, tables


def of_folder(folder: Path) -> object:
    """Of the file and of what was measured."""
    return _stat(folder / FILE), _stat(folder / kept.FOLDER)


def of_model(folder: Path, name: str) -> object:
    """Of what is written of a model, of the files that this names, and of what was measured for it. Raises BadEntry as ``tables``."""
    table = tables(folder).get(name)
    named = sorted(set(_texts(table)))
    places = [place for text in named for place in (text, text.partition(":")[2], text.rpartition("#")[0])]
    files = [_stat(folder / place) for place in places if place]
    return repr(table), files, [each.folder.name for each in kept.of_name(folder, name)]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _stat(path: Path) -> object:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
