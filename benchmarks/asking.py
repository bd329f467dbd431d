"""Asks a server at a steady rate, and says how long the answers took."""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit

CONNECTIONS = 20


class Times(NamedTuple):
    """Milliseconds of many answers."""

    median: float
    slowest_5_percent: float  # 95 % take less
    longest: float
    answers: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        """Of seconds as they were measured."""
        rising = sorted(1000 * each for each in seconds)
        return cls(statistics.median(rising), rising[int(0.95 * len(rising))], rising[-1], len(rising))

    def __str__(self) -> str:
        return f"{self.median:.1f} ms median, 95 % under {self.slowest_5_percent:.1f} ms"


def steadily(
    url: str, path: Callable[[int], str], rate: float, seconds: float, key: str | None = None
) -> Times:
    """GET ``path(number)`` so many times a second. An answer's time runs from when it was due to be asked for.

    So a server that falls behind is not spared what it keeps waiting.

    Raises:
        RuntimeError: an answer was not 200.
    """
    begin, count = time.perf_counter() + 0.1, int(rate * seconds)
    lanes = min(CONNECTIONS, count)

    def lane(first: int) -> list[float]:
        connection, result = HTTPConnection(urlsplit(url).netloc, timeout=60), []
        for number in range(first, count, lanes):
            due = begin + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            get(connection, path(number), key)
            result.append(time.perf_counter() - due)
        connection.close()
        return result

    with ThreadPoolExecutor(lanes) as threads:
        return Times.of([each for result in threads.map(lane, range(lanes)) for each in result])


def connected(url: str) -> AbstractContextManager[HTTPConnection]:
    """A connection to a server, closed at the end of the block."""
    return closing(HTTPConnection(urlsplit(url).netloc, timeout=60))


def get(connection: HTTPConnection, path: str, key: str | None = None) -> bytes:
    """The body of one answer. Raises RuntimeError where it is not 200."""
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
    return body
