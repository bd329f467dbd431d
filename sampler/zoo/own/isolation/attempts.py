"""Records which model a process is loading, so that the next process knows what the last one died of."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from inverset.contract.decoding import decode
from inverset.contract.encoding import encode
from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.own.entry import check_name
from inverset.sampler.zoo.own.kept import FOLDER

_MOST = 3  # processes that may die of a model within that time; some may have been ended by an admin
_SECONDS = 3600.0
_PLACE = "attempts"


@dataclass(frozen=True)
class _Noted:
    """What is noted of the processes that died of a model."""

    of: str  # what the model is made of
    deaths: tuple[float, ...]  # when they began, in seconds since 1970


@contextmanager
def attempt(folder: Path, name: str, content_key: str) -> Iterator[None]:
    """Record an action that may end this process, such as computing with a model on its device.

    A file is locked meanwhile, and removed at the end, also after an error; a file without a lock means that a process died.

    Args:
        folder: of the models.
        name: of the model.
        content_key: what it is made of, as ``verdicts.key`` has it; once it is made of something else, what was before does not count.

    Raises:
        BadFile: processes have died of it again and again.
    """
    path = folder / FOLDER / _PLACE / f"{name}.json"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = path.open("a+")
    except OSError:  # nothing can be written there, so nothing is known
        yield
        return
    with file:
        if not _locked(file):  # another process is at it
            yield
            return
        deaths = _death_times(file, content_key)
        if len(deaths) >= _MOST:
            raise BadFile(
                f"{len(deaths)} workers ended while they loaded or measured it; change its entry or files, or see what is wrong: "
                f"inverset models check {name}"
            )
        _write(file, content_key, [*deaths, time.time()])
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def forget(folder: Path, name: str) -> None:
    """Let a model be loaded again, whatever died of it; a worker that watches the folder then looks again. Raises BadEntry for no name."""
    check_name(name)
    path = folder / FOLDER / _PLACE / f"{name}.json"
    if path.exists():
        path.unlink(missing_ok=True)
        os.utime(path.parent.parent)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _death_times(file: IO[str], content_key: str) -> list[float]:
    """The start times of the processes that recently died of the model."""
    file.seek(0)
    try:
        noted = decode(_Noted, json.loads(file.read()))
    except ValueError:
        return []
    since = time.time() - _SECONDS
    return [moment for moment in noted.deaths if moment > since] if noted.of == content_key else []


def _write(file: IO[str], content_key: str, deaths: list[float]) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(encode(_Noted(content_key, tuple(deaths)))))
    file.flush()
    os.fsync(file.fileno())
