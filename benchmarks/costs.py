"""What the machinery costs beside the networks: time, memory, and how quick the API stays."""

import resource
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

import torch

from inverset.sampler import driver, methods, zoo
from inverset.sampler.codes import Starts, draw_coordinates, to_codes
from inverset.sampler.problem import Band, Neuron, Problem
from inverset.sampler.steps import Step

_STEPS = 40  # of each, taking turns, so that a busy machine slows both
_MEBI = 1 << 20


class Overhead(NamedTuple):
    """Milliseconds a step of the same batch."""

    sampler: float
    bare: float

    @property
    def ratio(self) -> float:
        """Wall time over that of the bare passes."""
        return self.sampler / self.bare


def overhead() -> Overhead:
    """`calibrated` beside forward and backward of generator and network alone, K = 20, in turns of one step each."""
    problem = question()
    k = methods.get("calibrated").default_k
    steps = driver.answer(problem, driver.question(problem, "calibrated", 10**6))
    start = draw_coordinates(problem, k, Starts(0.01, 0.3), torch.Generator().manual_seed(0))
    ours, theirs = [], []
    for _ in range(_STEPS):
        began = time.perf_counter()
        next(steps)
        between = time.perf_counter()
        bare(problem, start)
        ours.append(between - began)
        theirs.append(time.perf_counter() - between)
    return Overhead(1000 * statistics.median(ours), 1000 * statistics.median(theirs))


def peak_mebibytes(n: int) -> float:
    """Largest resident size of a fresh process that samples n, keeping nothing that was emitted."""
    command = [sys.executable, "-m", "benchmarks.costs", str(n)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def bare(problem: Problem, start: torch.Tensor) -> None:
    """What any method with gradients must pay: one pass of both networks and back."""
    coordinates = start.detach().requires_grad_()
    bundle = problem.bundle
    images = bundle.generator(to_codes(problem, coordinates))
    torch.autograd.grad(bundle.network(bundle.preprocess(images)).sum(), coordinates)


def question() -> Problem:
    """One that is neither common nor rare."""
    bundle = zoo.load("scenes")
    return Problem(bundle, (Neuron.parse("fc8:volcano", bundle),), (Band(1.0, 3.0),))


def _last(n: int) -> Step:
    problem = question()
    steps = driver.answer(problem, driver.question(problem, "calibrated", n))
    last = next(steps)
    for step in steps:
        last = step
    return last


if __name__ == "__main__":
    _last(int(sys.argv[1]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MEBI)
