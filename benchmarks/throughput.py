"""What the service costs beside the sampler alone: the same job through both, in turns."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from inverset import Client
from tests.end_to_end import stack as whole

NEURON = "fc8:volcano"
WARM = 20  # samples before anything is measured
THREADS = "1"  # of torch, both times: the stack's other processes and the sampler share two cores


class Asked(NamedTuple):
    """A question."""

    low: float
    high: float
    method: str = "calibrated"


VOLCANO = Asked(1.0, 3.0)


class Pair(NamedTuple):
    """Seconds for the same n samples, from asking to the end of what is measured on them."""

    n: int
    service: float
    local: float  # with the start of its process
    local_sampling: float  # without: from its first step, by what its gallery says

    @property
    def ratio(self) -> float:
        """Samples a second of the service over those of `inverset sample --local`."""
        return self.local / self.service


def pairs(n: int, rounds: int) -> Iterator[Pair]:
    """`inverset sample --local`, then a job over HTTP, Celery, PostgreSQL and S3; again with another seed."""
    with whole.running(workers=1) as stack, Client(stack.url, stack.key("ann")) as client:
        served(client, WARM, 0)  # the worker has loaded its model, as it has all day
        for seed in range(1, rounds + 1):
            whole_run, sampling = local(n, seed)
            yield Pair(n, served(client, n, seed)[1], whole_run, sampling)


def served(client: Client, n: int, seed: int, asked: Asked = VOLCANO) -> tuple[str, float]:
    """A job's id, and the seconds from asking to its end."""
    question = {
        "model": "scenes",
        "neurons": [{"neuron": NEURON, "range": [asked.low, asked.high]}],
        "method": asked.method,
        "n": n,
        "seed": seed,
    }
    began = time.perf_counter()
    ended = client.wait(client.submit(question)["id"])
    seconds = time.perf_counter() - began
    if ended["progress"]["accepted"] != n:
        raise RuntimeError(f"{ended['progress']} of {n}: {ended['error']}")
    return ended["id"], seconds


def local(n: int, seed: int, asked: Asked = VOLCANO) -> tuple[float, float]:
    """The seconds of ``inverset sample --local``, and those of its sampling."""
    with TemporaryDirectory() as folder:
        question = ["scenes", NEURON, asked.low, asked.high, "--method", asked.method]
        command = [*question, "-n", n, "--seed", seed, "--local", "--out", f"{folder}/out"]
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "inverset", "sample", *map(str, command)],
            check=True, capture_output=True, env=os.environ | {"OMP_NUM_THREADS": THREADS},
        )  # fmt: skip
        seconds = time.perf_counter() - began
        answer = json.loads(Path(folder, "out/manifest.json").read_text())
    return seconds, float(answer["evidence"]["cost"]["seconds"])
