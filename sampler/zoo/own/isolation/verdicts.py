"""The verdicts of child processes. Approvals are stored in ``models/checks``, by the content of the model."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

import torch

from inverset.contract.decoding import decode
from inverset.contract.encoding import OPTIONAL, encode
from inverset.sampler.zoo import generators, networks
from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.own.kept import FOLDER

CHECKS = "checks"
_VERSION = 1  # of the tests


@dataclass(frozen=True)
class Verdict:
    """The result of one test."""

    error: ZooError | None  # None: it can be loaded and run
    notes: tuple[str, ...] = ()  # what users are to know of it, a sentence each


@dataclass(frozen=True)
class Report:
    """What a child process writes of a test."""

    error: str | None  # the name of its class; None: there is none
    why: str | None = field(default=None, metadata=OPTIONAL)  # None: there is no error
    notes: tuple[str, ...] | None = field(default=None, metadata=OPTIONAL)  # None: there is an error


@dataclass(frozen=True)
class _Approval:
    """A stored approval."""

    key: str  # of the content
    notes: tuple[str, ...]


def key(entry: Entry, folder: Path) -> str:
    """The SHA-256 of an entry, of all files that it names, and of the code that reads them.

    Raises:
        ZooError: a file cannot be read.
    """
    parts = asdict(replace(entry, name="", images=None, description=None))
    total = hashlib.sha256(f"{_VERSION} {torch.__version__} {parts!r}".encode())
    for path in dict.fromkeys(_files(entry, folder)):
        total.update(f"\n{path.name} {_content(path)}".encode())
    return total.hexdigest()


def known(folder: Path, name: str, content_key: str) -> Verdict | None:
    """The stored approval of a model with this content; None: it was not tested, or not approved."""
    try:
        noted = decode(_Approval, json.loads(_place(folder, name).read_text()))
    except (OSError, ValueError):
        return None
    return Verdict(None, noted.notes) if noted.key == content_key else None


def remember(folder: Path, name: str, content_key: str, verdict: Verdict) -> None:
    """Store an approval in place of an earlier one of that name; if it cannot be written, the model is tested again."""
    path = _place(folder, name)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(encode(_Approval(content_key, verdict.notes))))
        draft.replace(path)
        os.utime(path.parent.parent)  # a worker that watches the folder looks again


def _place(folder: Path, name: str) -> Path:
    return folder / FOLDER / CHECKS / f"{name}.json"


def _files(entry: Entry, folder: Path) -> Iterator[Path]:
    """The files of a model: those that it names, all files of a generator's folder, and the modules of its factories."""
    judging = entry.judge.network if entry.judge else None
    for network in (entry.network, entry.encoder.network, judging, *generators.parts(entry.generator)):
        if network is not None:
            yield from _below(folder, networks.files(network))
            family, _, place = network.source.partition(":")
            if family == "factory":
                yield from _module(place.partition(":")[0])
    options = [option for option in entry.generator.options.values() if isinstance(option, str)]
    yield from _below(folder, [entry.generator.source.partition(":")[2], *options])


def _below(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        with suppress(OSError, ValueError, RuntimeError):  # no path at all, or an unknown user's home
            path = folder / Path(name).expanduser()
            if path.is_file():
                yield path
            elif name and path.is_dir():
                yield from sorted(file for file in path.rglob("*") if file.is_file())


def _module(name: str) -> Iterator[Path]:
    """The file of a module, located without importing its package."""
    top, *rest = name.split(".")
    with suppress(ImportError, ValueError, AttributeError):
        spec = find_spec(top)
        places = [] if spec is None else [Path(folder) for folder in spec.submodule_search_locations or ()]
        if spec is not None and spec.origin is not None:
            yield from (path for path in [Path(spec.origin)] if path.is_file())
        for place in places if rest else ():
            path = place.joinpath(*rest)
            yield from (
                candidate
                for candidate in (path.with_suffix(".py"), path / "__init__.py")
                if candidate.is_file()
            )


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ZooError(f"{path} cannot be read: {error.strerror}") from None
