"""A store of files that is far away: the same job through the service and by `--local`, and the zip of its gallery."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx

from benchmarks import asking
from benchmarks.throughput import WARM, Asked, local, served
from inverset import Client
from tests.end_to_end.stack import Stack
from tests.proxy import Proxy, proxy
from tests.services import free_port

# Nearly every draw is a sample, so that the store is what is waited for.
QUICK = Asked(-100.0, 100.0, "rejection")
_MEGA = 1_000_000


class Zip(NamedTuple):
    """A download of a gallery."""

    first_byte: float  # milliseconds
    rate: float  # MB/s


class Far(NamedTuple):
    """One job of n samples with a store far away, the same samples by `--local` just before, and the zip of its gallery."""

    n: int
    service: float  # seconds
    local: float  # seconds
    saving: float  # seconds of the service's in which a save was being written, beside the sampler
    near: Zip  # without the delay
    away: Zip

    @property
    def ratio(self) -> float:
        """Samples a second of the service over those of `inverset sample --local`."""
        return self.local / self.service


def measure(n: int, delay: float, rounds: int) -> Iterator[Far]:
    """`--local`, then the service with a store so many seconds away; again with another seed."""
    with _stack() as (stack, way), Client(stack.url, key := stack.key("ann")) as client:
        served(client, WARM, 0, QUICK)  # the worker has loaded its model, as it has all day
        for seed in range(1, rounds + 1):
            alone, _ = local(n, seed, QUICK)
            way.delay = delay
            before = _saving(stack)
            job, seconds = served(client, n, seed, QUICK)
            saving = _saving(stack) - before
            served(client, 1, 0, QUICK)  # the worker takes it once the gallery's files are made
            away = _download(stack.url, key, job)
            way.delay = 0.0
            yield Far(n, seconds, alone, saving, _download(stack.url, key, job), away)


@contextmanager
def _stack() -> Iterator[tuple[Stack, Proxy]]:
    """All services, with one worker, and the way to their store."""
    with TemporaryDirectory(prefix="inverset-stack-") as folder:
        stack = Stack(Path(folder), metrics_port=free_port())
        with proxy("127.0.0.1", stack.ports["seaweedfs"]) as way:
            stack.ways["seaweedfs"] = way.port
            with stack:
                yield stack, way


def _saving(stack: Stack) -> float:
    """Seconds in which the worker has written saves, by its own metrics."""
    answer = httpx.get(f"http://127.0.0.1:{stack.settings['INVERSET_METRICS_PORT']}/metrics")
    return float(re.findall(r"(?m)^inverset_worker_upload_seconds_sum (\S+)", answer.text)[0])


def _download(url: str, key: str, job: str) -> Zip:
    """The zip of a job's gallery."""
    zipped = asking.downloaded(url, job, key)
    return Zip(zipped.first_byte, zipped.size / zipped.seconds / _MEGA)
