"""The command line as users have it: in a process of its own."""

import os
import subprocess
import sys
from typing import NamedTuple

COLUMNS = 80


class Said(NamedTuple):
    code: int
    out: str
    err: str


def environment(**more):
    rest = {name: value for name, value in os.environ.items() if not name.startswith("INVERSET_")}
    return rest | {"COLUMNS": str(COLUMNS), "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"} | more


def start(*args, **more):
    """Begin a command; ``more`` is its environment's."""
    return subprocess.Popen(
        [sys.executable, "-m", "inverset", *map(str, args)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**more),
    )  # fmt: skip


def finish(process, seconds=60):
    """Wait for its end; kill it where that does not come."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"it did not end: {out} {err}") from None
    assert "Traceback" not in err, err
    return Said(process.returncode, out, err)


def run(*args, **more):
    return finish(start(*args, **more))
