"""``python -m inverset.sampler.zoo.own.isolation.child REPORT``: loads and runs the model that it is given, and writes its report.

What it is given comes from the parent process by a pipe; what it writes is plain JSON, since a file may have taken over this process.
"""

import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from inverset.contract.encoding import encode
from inverset.sampler.zoo.errors import BadFile, ZooError
from inverset.sampler.zoo.own.isolation.trial import tried
from inverset.sampler.zoo.own.isolation.verdicts import Report

_NICE = 5  # jobs go first, but do not stop it


def main() -> None:
    """Test the model on the standard input."""
    entry, folder, limits = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - of the parent process
    threading.Thread(target=_outlive_not, args=(os.getppid(),), daemon=True).start()
    os.nice(_NICE)
    memory = limits.apply()
    report = _report(lambda: tried(entry, folder), memory)
    place = Path(sys.argv[1])
    draft = place.with_suffix(".tmp")
    draft.write_text(json.dumps(encode(report)))
    draft.replace(place)
    os._exit(0)  # what a file did to this process is not to show at its end


def _report(attempt: Callable[[], Sequence[str]], memory: int) -> Report:
    try:
        return Report(None, notes=tuple(attempt()))
    except MemoryError as error:
        return _wrong(BadFile(str(error) or "no memory"), memory)
    except ZooError as error:
        return _wrong(error, memory)
    except Exception as error:  # noqa: BLE001 - an untrusted network may raise anything
        return _wrong(ZooError(f"it cannot be run: {type(error).__name__}: {error}"), memory)


def _wrong(error: ZooError, memory: int) -> Report:
    why = str(error)
    if "can't allocate memory" in why or "no memory" in why or "bad_alloc" in why:
        why = (
            f"it takes more than the {memory / 2**30:.1f} GiB of memory that loading and running it may take"
        )
    return Report(type(error).__name__, why)


def _outlive_not(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main()
