"""A store with retries while it is unavailable."""

import errno
import logging
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from inverset.jobs.backoff import Backoff
from inverset.storage import Blob, BlobStore, StoreRefuses

log = logging.getLogger(__name__)
NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
FIRST_PAUSE, LONGEST_PAUSE, LOOK = 0.5, 10.0, 0.1  # seconds

T = TypeVar("T")


def passes(error: BaseException) -> bool:
    """Whether an error may be transient, without any action by an administrator."""
    return isinstance(error, OSError) and error.errno not in NO_SPACE and not isinstance(error, StoreRefuses)


class RetryingStore:
    """A store whose calls are retried while it is unavailable, with growing pauses, up to a limit or until there is a hurry."""

    def __init__(self, blobs: BlobStore, seconds: float, in_a_hurry: Callable[[], bool]) -> None:
        self._blobs, self._seconds, self._in_a_hurry = blobs, seconds, in_a_hurry
        self.at_once = blobs.at_once

    def put(self, name: str, content: bytes) -> None:
        self._retry(lambda: self._blobs.put(name, content))

    def get(self, name: str) -> bytes:
        return self._retry(lambda: self._blobs.get(name))

    def get_range(self, name: str, start: int, size: int) -> bytes:
        return self._retry(lambda: self._blobs.get_range(name, start, size))

    def stream(self, name: str) -> Iterator[bytes]:
        return self._retry(lambda: self._blobs.stream(name))

    def size(self, name: str) -> int:
        return self._retry(lambda: self._blobs.size(name))

    def exists(self, name: str) -> bool:
        return self._retry(lambda: self._blobs.exists(name))

    def delete(self, name: str) -> None:
        self._retry(lambda: self._blobs.delete(name))

    def delete_prefix(self, prefix: str) -> None:
        self._retry(lambda: self._blobs.delete_prefix(prefix))

    def names(self, prefix: str = "") -> Iterator[Blob]:
        return self._blobs.names(prefix)

    def presigned(self, name: str, seconds: int, content_type: str, filename: str) -> str | None:
        return self._blobs.presigned(name, seconds, content_type, filename)

    def _retry(self, act: Callable[[], T]) -> T:
        deadline, backoff = time.monotonic() + self._seconds, Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while True:
            try:
                return act()
            except OSError as error:
                if not passes(error) or time.monotonic() > deadline or self._in_a_hurry():
                    raise
                log.warning("the store is tried again in %g s: %s", backoff.pause, error)
            self._rest(backoff.advance())

    def _rest(self, pause: float) -> None:
        end = time.monotonic() + pause
        while time.monotonic() < end and not self._in_a_hurry():
            time.sleep(LOOK)
