"""``models.toml``: read by every process, written by ``inverset models add`` and ``remove``, which leave all else in it as it is."""

import fcntl
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from inverset.sampler.zoo.errors import BadEntry, UnknownModel
from inverset.sampler.zoo.own.entry import Entry, check_name

FILE = "models.toml"


def read(folder: Path) -> dict[str, Entry | BadEntry]:
    """All models of a folder, or what is wrong with each: one that is wrong hides no other.

    Raises:
        BadEntry: the file itself cannot be read.
    """
    return {name: _entry(name, table) for name, table in tables(folder).items()}


def names(folder: Path) -> tuple[str, ...]:
    """What the models of a folder are called, right or wrong. Raises BadEntry as ``read``."""
    return tuple(tables(folder))


def entry(folder: Path, name: str) -> Entry:
    """One model.

    Raises:
        UnknownModel: there is none of that name.
        BadEntry: what is written of it makes no sense.
    """
    found = read(folder)
    if name not in found:
        raise UnknownModel(name, tuple(found))
    chosen = found[name]
    if isinstance(chosen, BadEntry):
        raise chosen
    return chosen


def tables(folder: Path) -> dict[str, Any]:
    """The file as it is written; empty where there is none. Raises BadEntry as ``read``."""
    path = folder / FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadEntry(f"{path} cannot be read: {error}") from None


def add(folder: Path, name: str, table: Mapping[str, Any]) -> None:
    """Write a model at the end of the file.

    Raises:
        BadEntry: there is one of that name already, or what is to be written makes no sense.
    """
    Entry.of(name, table)
    with _writing(folder) as document:
        if name in document:
            raise BadEntry(f"there is a model {name} in {folder / FILE} already; remove it first")
        made = tomlkit.table()
        for key, value in table.items():
            made.add(
                key, tomlkit.item(value, _parent=made) if not isinstance(value, Mapping) else _inline(value)
            )
        if document.body:
            document.add(tomlkit.nl())
        document.add(name, made)


def change(folder: Path, name: str, keys: Mapping[str, Any]) -> None:
    """Write other values of some keys of a model.

    Raises:
        UnknownModel: there is none of that name.
        BadEntry: what would be written makes no sense.
    """
    with _writing(folder) as document:
        if name not in document:
            raise UnknownModel(name, tuple(document))
        Entry.of(name, {**document[name].unwrap(), **keys})
        for key, value in keys.items():
            document[name][key] = _inline(value) if isinstance(value, Mapping) else value


def remove(folder: Path, name: str) -> None:
    """Take a model out of the file. Raises UnknownModel where there is none of that name."""
    check_name(name)
    with _writing(folder) as document:
        if name not in document:
            raise UnknownModel(name, tuple(document))
        document.remove(name)


def _entry(name: str, table: Mapping[str, Any]) -> Entry | BadEntry:
    try:
        return Entry.of(name, table)
    except BadEntry as error:
        return error


def _inline(value: Mapping[str, Any]) -> tomlkit.items.InlineTable:
    made = tomlkit.inline_table()
    for key, each in value.items():
        made.add(key, _inline(each) if isinstance(each, Mapping) else each)
    return made


@contextmanager
def _writing(folder: Path) -> Iterator[tomlkit.TOMLDocument]:
    """The file, to be changed by one process at a time, and put in place as a whole."""
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{FILE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
        except (OSError, UnicodeDecodeError, TOMLKitError) as error:
            raise BadEntry(f"{path} cannot be read: {error}") from None
        yield document
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(tomlkit.dumps(document), encoding="utf-8")
        draft.replace(path)
