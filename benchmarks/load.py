"""How quick the status of running jobs is while many ask for it and a worker samples on the same cores."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from benchmarks import asking
from benchmarks.asking import Times
from inverset import Client

RATE = 200  # requests a second
_ASKED = {"model": "scenes", "n": 50_000, "neurons": [{"neuron": "fc8:volcano", "range": [1.0, 3.0]}]}
_JOBS = 4  # of which the worker runs one after the other, a slice each


class Load(NamedTuple):
    """Answers to so many who ask, and what the worker did meanwhile, in samples a second, and before."""

    times: Times
    sampled: float
    undisturbed: float


def load(client: Client, key: str | None, seconds: float, rate: float = RATE) -> Load:
    """Ask for the status of jobs that run or wait, by turns."""
    jobs = [client.submit(_ASKED)["id"] for _ in range(_JOBS)]
    try:
        while not _sampled(client, jobs):
            time.sleep(0.1)
        with _counted(client, jobs) as undisturbed:
            time.sleep(seconds)
        with _counted(client, jobs) as sampled:
            times = asking.steadily(client.url, lambda at: f"/v1/jobs/{jobs[at % _JOBS]}", rate, seconds, key)
        return Load(times, sampled[0], undisturbed[0])
    finally:
        for job in jobs:
            client.cancel(job)


@contextmanager
def _counted(client: Client, jobs: Sequence[str]) -> Iterator[list[float]]:
    """Samples a second of a block, once it has ended."""
    results: list[float] = []
    began, before = time.perf_counter(), _sampled(client, jobs)
    yield results
    results.append((_sampled(client, jobs) - before) / (time.perf_counter() - began))


def _sampled(client: Client, jobs: Sequence[str]) -> int:
    return sum(client.job(job)["progress"]["accepted"] for job in jobs)
