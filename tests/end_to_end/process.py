"""One process of a stack: started, killed, frozen, looked at."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 90  # two workers load their networks on two cores
END_SECONDS = 60  # compose's grace


@dataclass
class Process:
    """What runs a service; its output is kept from start to start."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ready: Callable[[], bool] = lambda: True
    account: str | None = None  # to run as; None: as we do
    end_signal: int = signal.SIGTERM
    check: Sequence[str] | None = None  # compose's health check
    url: str = ""  # of a server
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _before: int = field(default=0, init=False)  # bytes in the log when it was started

    def start(self) -> None:
        """Start it, unless it runs, and wait until it is ready."""
        self.spawn()
        self.wait_ready()

    def spawn(self) -> None:
        if self.alive:
            return
        with self.log.open("ab") as output:
            self._before = output.tell()
            self._popen = subprocess.Popen(
                list(self.command),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.log.parent,
                user=self.account,
                start_new_session=True,  # Ctrl-C comes to whoever runs the stack, who ends all in order
            )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            if not self.alive or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start:\n{self.said()}")
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        assert self._popen is not None, f"{self.name} was never started"
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def code(self) -> int | None:
        """The exit code of the last that ended; None: it runs."""
        return None if self._popen is None else self._popen.poll()

    def kill(self) -> None:
        """End it as a power cut would."""
        if (ended := self._popen) is not None:  # whoever keeps it alive may put another there at once
            ended.kill()
            ended.wait()

    def stop(self) -> None:
        """Freeze it."""
        os.kill(self.pid, signal.SIGSTOP)

    def cont(self) -> None:
        """Thaw it."""
        os.kill(self.pid, signal.SIGCONT)

    def terminate(self, seconds: float = END_SECONDS) -> int | None:
        """Ask it to end, as ``docker stop`` does; kill it after that time. Gives its exit code."""
        if self._popen is None:
            return None
        if self.alive:
            self._popen.send_signal(self.end_signal)
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._popen.returncode

    def restart(self) -> None:
        """End it if it still runs, and start it anew."""
        self.terminate()
        self.start()

    def healthy(self) -> bool:
        """What compose's health check says."""
        assert self.check is not None, f"{self.name} has no check of its own"
        checked = subprocess.run(self.check, env=dict(self.environment), capture_output=True, check=False)
        return checked.returncode == 0

    def said(self) -> str:
        """All its output, from its first start on."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def says(self, words: str) -> bool:
        """Whether it said so since it was last started."""
        return words.encode() in self.log.read_bytes()[self._before :]
