"""Starts the child process that tests a model, and reads its result."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from inverset.contract.decoding import Malformed, decode
from inverset.sampler.zoo.errors import BadEntry, BadFile, NoDownload, NotInstalled, ZooError
from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.own.isolation.limits import Limits
from inverset.sampler.zoo.own.isolation.verdicts import Report, Verdict

_PAUSE = 0.05  # seconds between two looks
_LATE = 10.0  # seconds after its limit, at which a child that has not ended is killed
_LONGEST = 1_000_000  # bytes of what it may report
_MORE = {  # its environment: no GPU, which has no limits, and little memory that is reserved for threads
    "CUDA_VISIBLE_DEVICES": "",
    "MALLOC_ARENA_MAX": "2",
}
_KINDS = {kind.__name__: kind for kind in (BadEntry, BadFile, NoDownload, NotInstalled)}


class Check:
    """A child process that loads a model and runs it once; it is ended with the block at the latest."""

    def __init__(self, entry: Entry, folder: Path, limits: Limits) -> None:
        self._limits, self._began = limits, time.monotonic()
        self._home = TemporaryDirectory(prefix="inverset-check-", ignore_cleanup_errors=True)
        self._report = Path(self._home.name, "report.json")
        self._verdict: Verdict | None = None
        self._process = subprocess.Popen(  # noqa: S603 - this program, and a path of its own
            [sys.executable, "-P", "-m", "inverset.sampler.zoo.own.isolation.child", str(self._report)],
            env=os.environ | _MORE | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C comes to us alone, and it can be ended with all that it began
        )
        self._give(pickle.dumps((entry, folder.absolute(), limits)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child process if it is still running."""
        if self._process.poll() is None:
            self._kill()
        self._home.cleanup()

    def poll(self) -> Verdict | None:
        """The verdict; None: the process is still running."""
        if self._verdict is None:
            code = self._process.poll()
            if code is None and time.monotonic() - self._began > self._limits.seconds + _LATE:
                self._kill()
                code = -signal.SIGALRM  # its own alarm came too late, or was switched off
            if code is not None:
                self._verdict = self._read(code)
        return self._verdict

    def wait(self) -> Verdict:
        """The verdict, after the process has ended."""
        while (verdict := self.poll()) is None:
            time.sleep(_PAUSE)
        return verdict

    def _give(self, content: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError), self._process.stdin as pipe:  # it may end at once; its code says why
            pipe.write(content)

    def _kill(self) -> int:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()

    def _read(self, code: int) -> Verdict:
        try:
            if code != 0:
                return Verdict(BadFile(_ended(code, self._limits)))
            with self._report.open("rb") as file:
                report = decode(Report, json.loads(file.read(_LONGEST)))
            if report.error is None and report.notes is not None:
                return Verdict(None, report.notes)
            if report.error is not None and report.why is not None:
                return Verdict(_KINDS.get(report.error, ZooError)(report.why))
            raise Malformed("it is missing", "notes" if report.error is None else "why")
        except (OSError, ValueError):
            return Verdict(BadFile("it ended the process that tested it, without an error message"))
        finally:
            self._home.cleanup()


def _ended(code: int, limits: Limits) -> str:
    """The way in which a child without a report ended."""
    if code > 0:
        return f"the process that was to try it ended with exit code {code}"
    name = signal.Signals(-code).name
    why = {
        signal.SIGXCPU: f"it takes more than {limits.cpu_seconds:g} s of CPU time",
        signal.SIGALRM: f"it takes more than {limits.seconds:g} s",
        signal.SIGKILL: "it needs more memory or time than is available",
    }.get(signal.Signals(-code), "one of its files is damaged, or made to crash PyTorch")
    return f"loading and running it ended a process that was made to try it ({name}): {why}"
