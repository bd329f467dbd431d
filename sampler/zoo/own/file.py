"""``models.toml``: every process reads it; ``inverset models add`` and ``remove`` write it and preserve everything else in it."""

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
from inverset.sampler.zoo.own.toml import Table

FILE = "models.toml"


def read(folder: Path) -> dict[str, Entry | BadEntry]:
    """All models of a folder by name, each an entry or the error in it, so that one error hides no other model.

    Raises:
        BadEntry: the file itself cannot be read.
    """
    return {name: _entry(name, table) for name, table in tables(folder).items()}


def names(folder: Path) -> tuple[str, ...]:
    """The names of all models of a folder, valid or not. Raises BadEntry as ``read``."""
    return tuple(tables(folder))


def entry(folder: Path, name: str) -> Entry:
    """The entry of one model.

    Raises:
        UnknownModel: there is no model of that name.
        BadEntry: its entry is invalid.
    """
    entries = read(folder)
    if name not in entries:
        raise UnknownModel(name, tuple(entries))
    chosen = entries[name]
    if isinstance(chosen, BadEntry):
        raise chosen
    return chosen


def tables(folder: Path) -> dict[str, Table]:
    """The file as parsed TOML; empty if there is none. Raises BadEntry as ``read``."""
    path = folder / FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadEntry(f"{path} cannot be read: {error}") from None


def add(folder: Path, name: str, table: Mapping[str, Any]) -> None:
    """Append a model to the file.

    Raises:
        BadEntry: there is a model of that name already, or the new entry is invalid.
    """
    Entry.of(name, table)
    with _writing(folder) as document:
        if name in document:
            raise BadEntry(f"there is already a model {name} in {folder / FILE}; remove it first")
        made = tomlkit.table()
        for key, value in table.items():
            made.add(
                key, tomlkit.item(value, _parent=made) if not isinstance(value, Mapping) else _inline(value)
            )
        if document.body:
            document.add(tomlkit.nl())
        document.add(name, made)


def change(folder: Path, name: str, keys: Mapping[str, Any]) -> None:
    """Replace the values of some keys of a model.

    Raises:
        UnknownModel: there is no model of that name.
        BadEntry: the new entry is invalid.
    """
    with _writing(folder) as document:
        if name not in document:
            raise UnknownModel(name, tuple(document))
        Entry.of(name, {**document[name].unwrap(), **keys})
        for key, value in keys.items():
            document[name][key] = _inline(value) if isinstance(value, Mapping) else value


def remove(folder: Path, name: str) -> None:
    """Remove a model from the file. Raises UnknownModel where there is none of that name."""
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
    for key, item in value.items():
        made.add(key, _inline(item) if isinstance(item, Mapping) else item)
    return made


@contextmanager
def _writing(folder: Path) -> Iterator[tomlkit.TOMLDocument]:
    """The file, locked for changes by one process, and replaced as a whole."""
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
