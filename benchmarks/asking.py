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
_PIECE = 1 << 20  # bytes


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


class Download(NamedTuple):
    """The zip of a gallery, as it came."""

    first_byte: float  # milliseconds
    seconds: float
    size: int  # bytes


def downloaded(url: str, job: str, key: str | None = None) -> Download:
    """Download the zip of a job's gallery. Raises RuntimeError where it does not come whole."""
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=600)) as connection:
        began, size = time.perf_counter(), 1
        connection.request("GET", f"/v1/jobs/{job}/gallery.zip", headers=_signed(key))
        answer = connection.getresponse()
        if answer.status != 200 or answer.read(1) != b"P":
            raise RuntimeError(f"no zip: {answer.status}")
        first = 1000 * (time.perf_counter() - began)
        while piece := answer.read(_PIECE):
            size += len(piece)
        seconds = time.perf_counter() - began
        if size != int(answer.headers["Content-Length"]):
            raise RuntimeError(f"{size} bytes of {answer.headers['Content-Length']}")
    return Download(first, seconds, size)


def connected(url: str) -> AbstractContextManager[HTTPConnection]:
    """A connection to a server, closed at the end of the block."""
    return closing(HTTPConnection(urlsplit(url).netloc, timeout=60))


def get(connection: HTTPConnection, path: str, key: str | None = None) -> bytes:
    """The body of one answer. Raises RuntimeError where it is not 200."""
    connection.request("GET", path, headers=_signed(key))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
    return body


def _signed(key: str | None) -> dict[str, str]:
    """The headers of a request with a key."""
    return {"Authorization": f"Bearer {key}"} if key else {}
