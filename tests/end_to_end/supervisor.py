"""What `restart: unless-stopped` of docker-compose.yml does: whatever ends by itself is started again."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

from tests.end_to_end.process import Process
from tests.end_to_end.stack import Stack

LOOK = 0.1  # seconds


class Supervisor:
    """Starts what has ended, but for what is let go; counts how often."""

    def __init__(self, stack: Stack) -> None:
        self.starts: Counter[str] = Counter()
        self._stack = stack
        self._let_go: set[str] = set()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def without(self, *processes: Process) -> Iterator[None]:
        """Leave some processes alone for a while; afterwards they run and are ready."""
        names = {process.name for process in processes}
        with self._lock:
            self._let_go |= names
        try:
            yield
        finally:
            with self._lock:
                self._let_go -= names
                for process in processes:
                    process.spawn()
            for process in processes:
                process.wait_ready()

    def look(self) -> None:
        """Once."""
        with self._lock:
            for process in self._stack.processes.values():
                if not process.alive and process.name not in self._let_go:
                    self.starts[process.name] += 1
                    process.spawn()


@contextlib.contextmanager
def kept_alive(stack: Stack) -> Iterator[Supervisor]:
    """Until the end of the block."""
    supervisor, ended = Supervisor(stack), threading.Event()

    def go_on() -> None:
        while not ended.wait(LOOK):
            supervisor.look()

    thread = threading.Thread(target=go_on, name="keeper")
    thread.start()
    try:
        yield supervisor
    finally:
        ended.set()
        thread.join()
