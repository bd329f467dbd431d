"""How fast a worker is, model by model: what estimates of start and end are made from."""

import threading
from typing import NamedTuple

MEMORY = 600.0  # seconds of sampling after which a measurement counts for a third


class _Measured(NamedTuple):
    samples: float = 0.0
    seconds: float = 0.0


class Throughput:
    """Samples a second, as a mean that forgets; the sampler counts in one thread, the heartbeat reads in another."""

    def __init__(self) -> None:
        self._measured: dict[str, _Measured] = {}
        self._lock = threading.Lock()

    def offer(self, model: str) -> None:
        """A model that can be asked for, not measured yet."""
        with self._lock:
            self._measured.setdefault(model, _Measured())

    def withdraw(self, model: str) -> None:
        """A model that cannot be asked for any more."""
        with self._lock:
            self._measured.pop(model, None)

    def count(self, model: str, samples: int, seconds: float) -> None:
        """So many samples came of so many seconds of sampling."""
        with self._lock:
            before = self._measured.get(model, _Measured())
            kept = MEMORY / (MEMORY + seconds)
            self._measured[model] = _Measured(
                before.samples * kept + samples, before.seconds * kept + seconds
            )

    def speeds(self) -> dict[str, float]:
        """Samples a second of every model; 0: not measured yet."""
        with self._lock:
            return {
                model: found.samples / found.seconds if found.seconds else 0.0
                for model, found in self._measured.items()
            }
