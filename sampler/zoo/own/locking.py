"""File locks between the processes that share a folder."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.2  # seconds


@contextmanager
def alone(path: Path, while_others: Callable[[], object]) -> Iterator[None]:
    """Hold the lock of a file, which is created; a process that dies releases it.

    ``while_others`` is called now and then while another process holds it; what it raises ends the waiting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        while not _taken(lock.fileno()):
            while_others()
            time.sleep(_PAUSE)
        yield


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
