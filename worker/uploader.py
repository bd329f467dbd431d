"""Write-behind: a thread that delivers saves in order while the sampler goes on."""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from types import TracebackType
from typing import Generic, Self, TypeVar

WAITING = 2  # undelivered saves that the sampler does not wait for
GRACE = 3.0  # seconds that a worker in a hurry waits for saves in delivery
LOOK = 0.1  # seconds between two looks whether there is a hurry

Save = TypeVar("Save")


class Uploader(Generic[Save]):
    """A thread that runs for a block. ``deliver`` takes a save and returns whether more may follow.

    What ``deliver`` raises ends the uploader, and is raised by the next ``submit`` or ``flush``.
    """

    def __init__(self, deliver: Callable[[Save], bool], in_a_hurry: Callable[[], bool]) -> None:
        self._deliver, self._in_a_hurry = deliver, in_a_hurry
        self._saves: deque[Save] = deque()  # the first is on its way
        self._open = True
        self._error: Exception | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name="uploader", daemon=True
        )

    def submit(self, save: Save) -> bool:
        """Queue a save; block while more than WAITING are undelivered. Returns False once no more may follow."""
        with self._changed:
            self._saves.append(save)
            self._changed.notify_all()
        self._wait(lambda: len(self._saves) <= WAITING, 0)
        return self._open

    def flush(self) -> bool:
        """Wait until all saves are delivered. Returns False if that took longer than GRACE while in a hurry."""
        return self._wait(lambda: not self._saves, GRACE)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):  # of the sampler's: what it made before is good
            with suppress(Exception):
                self.flush()
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _wait(self, done: Callable[[], bool], grace: float) -> bool:
        deadline = None
        with self._changed:
            while self._open and not done():
                if self._in_a_hurry():
                    deadline = deadline or time.monotonic() + grace
                    if time.monotonic() >= deadline:
                        return False
                self._changed.wait(LOOK)
            if self._error is not None:
                raise self._error
            return True

    def _run(self) -> None:
        try:
            while (save := self._next()) is not None:
                more = self._deliver(save)
                with self._changed:
                    self._saves.popleft()
                    self._open = self._open and more
                    self._changed.notify_all()
        except Exception as error:  # noqa: BLE001 - raised again in the waiting thread
            with self._changed:
                self._error, self._open = error, False
                self._changed.notify_all()

    def _next(self) -> Save | None:
        with self._changed:
            self._changed.wait_for(lambda: self._saves or not self._open)
            return self._saves[0] if self._open else None
