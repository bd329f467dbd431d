"""The speed of a worker for each model, from which start and end of jobs are estimated."""

import threading
from typing import NamedTuple

MEMORY = 600.0  # seconds of sampling after which a measurement counts for a third


class _Measured(NamedTuple):
    samples: float = 0.0
    seconds: float = 0.0


class Throughput:
    """Samples a second, as a decaying mean; the sampler's thread counts, the heartbeat's thread reads."""

    def __init__(self) -> None:
        self._measured: dict[str, _Measured] = {}
        self._lock = threading.Lock()

    def offer(self, model: str) -> None:
        """Add a model that is not measured yet."""
        with self._lock:
            self._measured.setdefault(model, _Measured())

    def withdraw(self, model: str) -> None:
        """Remove a model that is no longer offered."""
        with self._lock:
            self._measured.pop(model, None)

    def count(self, model: str, samples: int, seconds: float) -> None:
        """Count this many samples for this many seconds of sampling."""
        with self._lock:
            before = self._measured.get(model, _Measured())
            kept = MEMORY / (MEMORY + seconds)
            self._measured[model] = _Measured(
                before.samples * kept + samples, before.seconds * kept + seconds
            )

    def speeds(self) -> dict[str, float]:
        """The samples a second of every model; 0: not measured yet."""
        with self._lock:
            return {
                model: total.samples / total.seconds if total.seconds else 0.0
                for model, total in self._measured.items()
            }
