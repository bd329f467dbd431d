"""Exponential backoff: growing pauses between tries."""


class Backoff:
    """Pauses in seconds: ``first``, then each ``factor`` times the one before, at most ``longest``."""

    def __init__(self, first: float, longest: float, factor: float = 2.0) -> None:
        self._first, self._longest, self._factor = first, longest, factor
        self.pause = first  # the next one

    def advance(self) -> float:
        """The next pause; the one after it is longer."""
        pause = self.pause
        self.pause = min(self._longest, self._factor * pause)
        return pause

    def reset(self) -> None:
        """Start again with the first pause."""
        self.pause = self._first
