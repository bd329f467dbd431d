"""How quick the service stays while its worker computes, and what it adds to a run without it."""

import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks import servers
from benchmarks.costs import question
from inverset import Client
from inverset.sampler import driver

RATE = 20  # requests a second
_ASKED = {"model": "scenes", "neurons": [{"neuron": "fc8:volcano", "range": [1.0, 3.0]}]}


class Polling(NamedTuple):
    """Milliseconds of GET /v1/jobs/{id} while its job runs, and seconds from POST to the first sample.

    ``local_first_sample``: seconds that the sampler alone takes to it, in this process.
    """

    median: float
    slowest_5_percent: float
    first_sample: float
    local_first_sample: float


def polling(seconds: float) -> Polling:
    """Poll a large job on a server of our own, whose worker has served one job before."""
    with servers.embedded() as client:
        client.wait(client.submit({**_ASKED, "n": 5})["id"])
        began = time.perf_counter()
        job = client.submit({**_ASKED, "n": 50_000})["id"]
        while client.job(job)["progress"]["accepted"] == 0:
            time.sleep(0.01)
        first = time.perf_counter() - began
        times = sorted(_polled(client, job, seconds))
        client.cancel(job)
    slow = times[int(0.95 * len(times))]
    return Polling(1000 * statistics.median(times), 1000 * slow, first, _local_first_sample())


def _local_first_sample() -> float:
    problem, method = question(), "calibrated"
    _ = problem.references_in_band  # a warm worker has read them
    began = time.perf_counter()
    steps = driver.answer(problem, driver.question(problem, method, 50_000))
    next(step for step in steps if len(step.emission.steps))
    return time.perf_counter() - began


def _polled(client: Client, job: str, seconds: float) -> Iterator[float]:
    begin = time.perf_counter()
    for number in range(int(seconds * RATE)):
        time.sleep(max(0.0, begin + number / RATE - time.perf_counter()))
        request = time.perf_counter()
        client.job(job)
        yield time.perf_counter() - request
