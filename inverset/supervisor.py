"""Runs a worker as a child process and restarts it when it dies, with growing pauses."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from inverset.config.settings import Settings
from inverset.jobs.backoff import Backoff

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before a new start; doubled from death to death
HEALTHY_SECONDS = 60  # of life, after which the pauses begin anew
END_SECONDS = 5  # in which a worker saves its part after the signal to end
_RAISED = re.compile(r"[A-Za-z_.]*(Error|Exception): ")
PREFIX = str(Settings.model_config["env_prefix"])

Report = Callable[[str], object]  # takes a sentence for users


class Supervisor:
    """One worker, for the length of the block; its output goes into a log file."""

    def __init__(self, settings: Settings, log: Path, report: Report) -> None:
        self._environment, self._log, self._report = environment(settings), log, report
        self._ending, self._lock = threading.Event(), threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="supervisor", daemon=True)

    @property
    def pid(self) -> int | None:
        """The worker's process id; None: it is not running at the moment."""
        worker = self._worker
        return worker.pid if worker and worker.poll() is None else None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:  # no worker is started from here on
            self._ending.set()
        if self._worker is not None:
            end(self._worker)
        self._thread.join()

    def _keep(self) -> None:
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while (worker := self._start()) is not None:
            born, code = time.monotonic(), worker.wait()
            if self._ending.is_set():
                return
            if time.monotonic() - born > HEALTHY_SECONDS:
                backoff.reset()
            self._report(
                f"the worker ended ({_last_words(self._log, code)}); the next one starts in {backoff.pause:g} s"
            )
            self._ending.wait(backoff.advance())

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock, self._log.open("ab") as log:
            if self._ending.is_set():
                return None
            self._worker = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "inverset.worker",
                ],  # -P: no folder of the user's stands in for a package
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C comes to us alone, and we pass it on
            )
            return self._worker


def end(worker: subprocess.Popen[bytes]) -> None:
    """Report a worker to save and end; after some seconds it has to."""
    worker.terminate()
    try:
        worker.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


def environment(settings: Settings) -> Mapping[str, str]:
    """This process's environment with these settings, and no other settings."""
    rest = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    given = {f"{PREFIX}{name.upper()}": value for name, value in settings.model_dump().items()}
    return rest | {name: str(value) for name, value in given.items() if value is not None}


def _last_words(log: Path, code: int) -> str:
    """How a worker ended, with its exception if there was one."""
    if code < 0:
        return signal.Signals(-code).name
    lines = log.read_text(errors="replace").splitlines()
    raised = (line for line in reversed(lines) if _RAISED.match(line))
    return f"exit code {code}: {next(raised, 'see ' + str(log))}"
