"""The command line as users have it: in a separate process."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests import forks

COLUMNS = 80
PATIENCE = 60  # seconds


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


def finish(process, seconds=PATIENCE):
    """Wait for its end; kill it where that does not come."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"it did not end: {out} {err}") from None
    return _told(process.returncode, out, err)


def run(*args, **more):
    """Do a command from its start to its end; ``start`` begins it as a shell does, and takes seconds longer."""
    with TemporaryDirectory(prefix="inverset-said-") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        words = [str(word) for word in args]
        given = (words, environment(**more), Path.cwd(), out, err)
        process = forks.context.Process(target=_do, args=given)
        process.start()
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()
            raise AssertionError(f"it did not end: {out.read_text()} {err.read_text()}")
        return _told(process.exitcode, out.read_text(), err.read_text())


def _do(words, told, folder, out, err):
    """What ``python -m inverset`` does, in this process, which was made for it."""
    for path, number in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(told)
    sys.argv[1:] = words
    runpy.run_module("inverset", run_name="__main__", alter_sys=True)


def _told(code, out, err):
    assert "Traceback" not in err, err
    return Said(code, out, err)
