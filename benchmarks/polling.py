"""How quick the service stays while its worker computes, and what it adds to a run without it."""

import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from inverset import Client

RATE = 20  # requests a second
_ASKED = {"model": "scenes", "neurons": [{"neuron": "fc8:volcano", "range": [1.0, 3.0]}]}


class Polling(NamedTuple):
    """Milliseconds of GET /v1/jobs/{id} while its job runs, and seconds from POST to the first sample."""

    median: float
    slowest_5_percent: float
    first_sample: float


def polling(seconds: float) -> Polling:
    """Poll a large job on a server of our own, whose worker has served one job before."""
    with TemporaryDirectory() as folder, _served(Path(folder)) as client:
        client.wait(client.submit({**_ASKED, "n": 5})["id"])
        began = time.perf_counter()
        job = client.submit({**_ASKED, "n": 50_000})["id"]
        while client.job(job)["progress"]["accepted"] == 0:
            time.sleep(0.01)
        first = time.perf_counter() - began
        times = sorted(_polled(client, job, seconds))
        client.cancel(job)
    return Polling(1000 * statistics.median(times), 1000 * times[int(0.95 * len(times))], first)


def _polled(client: Client, job: str, seconds: float) -> Iterator[float]:
    begin = time.perf_counter()
    for number in range(int(seconds * RATE)):
        time.sleep(max(0.0, begin + number / RATE - time.perf_counter()))
        asked = time.perf_counter()
        client.job(job)
        yield time.perf_counter() - asked


@contextmanager
def _served(folder: Path) -> Iterator[Client]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "inverset", "up", "--data", str(folder / "data"), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with Client(f"http://127.0.0.1:{port}") as client:
            while not (client.ready() and client.models()):  # a worker has said what it offers
                time.sleep(0.1)
            yield client
    finally:
        server.terminate()
        server.wait(20)
