"""A store of files that is far away: the same job through the service and by `--local`, and the zip of its gallery."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.throughput import WARM, Asked, local, served
from inverset import Client
from tests.end_to_end.stack import Stack
from tests.proxy import Proxy, proxy

QUICK = Asked(
    -100.0, 100.0, "rejection"
)  # nearly every draw is a sample, so that the store is what is waited for
_MEGA = 1_000_000
_PIECE = 1 << 20


class Far(NamedTuple):
    """One job of n samples, its gallery's zip, and the same samples by `--local` just before."""

    n: int
    delay: float  # seconds before each request to the store
    service: float  # seconds
    local: float  # seconds
    first_byte: float  # seconds, of the zip
    megabytes: float  # of the zip, a second

    @property
    def ratio(self) -> float:
        """Samples a second of the service over those of `inverset sample --local`."""
        return self.local / self.service


def measure(n: int, delays: Sequence[float], rounds: int) -> Iterator[Far]:
    """`--local`, then the service on each delay; again with another seed."""
    with _stack() as (stack, way), Client(stack.url, key := stack.key("ann")) as client:
        served(client, WARM, 0, QUICK)  # the worker has its model at hand, as it has all day
        for seed in range(1, rounds + 1):
            alone, _ = local(n, seed, QUICK)
            for delay in delays:
                way.delay = delay
                job, seconds = served(client, n, seed, QUICK)
                served(client, 1, 0, QUICK)  # the worker takes it once the gallery's files are made
                yield Far(n, delay, seconds, alone, *_download(stack.url, key, job))


@contextmanager
def _stack() -> Iterator[tuple[Stack, Proxy]]:
    """All services, with one worker, and the way to their store."""
    with TemporaryDirectory(prefix="inverset-stack-") as folder:
        stack = Stack(Path(folder))
        with proxy("127.0.0.1", stack.ports["seaweedfs"]) as way:
            stack.ways["seaweedfs"] = way.port
            with stack:
                yield stack, way


def _download(url: str, key: str, job: str) -> tuple[float, float]:
    """Seconds until the first byte of a zip, and megabytes a second of all of it."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=600)
    began, size = time.perf_counter(), 1
    connection.request("GET", f"/v1/jobs/{job}/gallery.zip", headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    if answer.status != 200 or answer.read(1) != b"P":
        raise RuntimeError(f"no zip: {answer.status}")
    first = time.perf_counter() - began
    while piece := answer.read(_PIECE):
        size += len(piece)
    seconds = time.perf_counter() - began
    if size != int(answer.headers["Content-Length"]):
        raise RuntimeError(f"{size} bytes of {answer.headers['Content-Length']}")
    connection.close()
    return first, size / seconds / _MEGA
