"""What a worker is told from outside: look for work now, or end."""

from threading import Event


class WorkerControl:
    """Set by signals and messages, heard by the loop."""

    def __init__(self) -> None:
        self.stop = Event()
        self._bell = Event()

    def look(self) -> None:
        """There may be something to do."""
        self._bell.set()

    def end(self) -> None:
        """Save, give back and end."""
        self.stop.set()
        self._bell.set()

    def begin(self) -> bool:
        """Whether to look for work; what was rung before this look is heard by it."""
        self._bell.clear()
        return not self.stop.is_set()

    def rest(self, seconds: float) -> None:
        """Wait for the next order, but not for ever."""
        self._bell.wait(seconds)
