"""The commands to a worker: look for work now, or stop."""

from threading import Event


class WorkerControl:
    """Events that signals and messages set and the loop reads."""

    def __init__(self) -> None:
        self.stop = Event()
        self._bell = Event()

    def look(self) -> None:
        """Wake the loop: there may be work."""
        self._bell.set()

    def end(self) -> None:
        """Stop the loop: save, give the work back and end."""
        self.stop.set()
        self._bell.set()

    def begin(self) -> bool:
        """Whether to look for work; this look also answers every earlier wake-up."""
        self._bell.clear()
        return not self.stop.is_set()

    def rest(self, seconds: float) -> None:
        """Wait for the next command, up to a limit."""
        self._bell.wait(seconds)
