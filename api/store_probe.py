"""Health probe of the object store: asked every few seconds at most, and never waited for long."""

import threading
import time

from inverset.storage import BlobStore

KEPT_SECONDS = 5.0
PATIENCE = 1.0  # seconds, after which it counts as away; it is asked for longer
PROBE = "readyz"  # a file that need not be there


class StoreProbe:
    """The last answer of the object store."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs, self._lock = blobs, threading.Lock()
        self._well, self._looked_at = False, float("-inf")
        self._done = threading.Event()
        self._done.set()

    def is_up(self) -> bool:
        """Whether the store answered the last probe."""
        with self._lock:
            if self._done.is_set() and time.monotonic() >= self._looked_at + KEPT_SECONDS:
                self._done.clear()
                threading.Thread(target=self._look, name="store probe", daemon=True).start()
        return self._done.wait(PATIENCE) and self._well

    def _look(self) -> None:
        try:
            self._blobs.exists(PROBE)
            self._well = True
        except OSError:
            self._well = False
        finally:
            self._looked_at = time.monotonic()
            self._done.set()
