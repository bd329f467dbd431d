"""What evidence about many samples costs: processor time by its parts, and the most memory."""

import itertools
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.costs import question
from inverset.sampler.evaluation import conclusion
from inverset.sampler.problem import Problem, to_uint8
from inverset.sampler.steps import NO_PARENT, Emission, without_starts

_PAINTED = 500  # different pictures; the samples are these, each with noise of its own
_BATCH, _NOISE = 100, 3  # pictures at once; grey levels
_MEBI = 1 << 20


class Cost(NamedTuple):
    """What evidence about n samples took."""

    n: int
    seconds: Mapping[str, float]  # of the processor, by part
    peak: float  # MiB: the most that its process held, the samples' images among it
    images: float  # MiB of these


def measure(n: int) -> Cost:
    """In a process of its own, on one thread."""
    command = [sys.executable, "-m", "benchmarks.evidence", str(n)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    *parts, peak, images = (line.rsplit(" ", 1) for line in printed)
    return Cost(n, {name: float(seconds) for name, seconds in parts}, float(peak[1]), float(images[1]))


def samples(problem: Problem, n: int) -> Emission:
    """Something like n samples: reference images through the generator, again and again with other noise."""
    random = torch.Generator().manual_seed(0)
    codes, features, images = _painted(problem)
    rows = torch.randint(len(codes), (n,), generator=random)
    noisy = torch.empty((n, *images.shape[1:]), dtype=torch.uint8)
    for batch in torch.arange(n).split(_BATCH):
        noise = torch.randint(-_NOISE, _NOISE + 1, noisy[batch].shape, generator=random)
        noisy[batch] = (images[rows[batch]] + noise).clamp(0, 255).to(torch.uint8)
    moved = 0.1 * torch.randn((n, codes.shape[1]), generator=random) * codes.std(dim=0)
    activations = torch.rand((n, len(problem.neurons)), generator=random)
    steps, parents = torch.ones(n, dtype=torch.long), torch.full((n,), NO_PARENT)
    return Emission(
        noisy, codes[rows] + moved, features[rows] + moved, activations, steps, parents, *without_starts(n)
    )


@torch.no_grad()
def _painted(problem: Problem) -> tuple[Tensor, Tensor, Tensor]:
    """Codes, features and images of natural images in band through the generator."""
    reference = problem.bundle.reference
    assert reference is not None  # `scenes` has them
    codes = reference.invert(problem.nearest_references[:_PAINTED])
    found = [problem.forward(batch) for batch in codes.split(_BATCH)]
    return (
        codes,
        torch.cat([each.features for each in found]),
        torch.cat([to_uint8(each.images) for each in found]),
    )


def _print(n: int) -> None:
    torch.set_num_threads(1)
    problem = question()
    some = samples(problem, n)
    began: list[tuple[str, float]] = []
    conclusion.conclude(
        problem,
        some,
        {"gradient_evaluations": 10.0 * n},
        "conditional",
        on_progress=lambda _done, _of, part: began.append((part, time.process_time())),
    )
    for (part, start), (_, end) in itertools.pairwise(began):
        print(part.removeprefix("evidence: "), end - start)
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MEBI)
    print("images", some.images.numel() / _MEBI)


if __name__ == "__main__":
    _print(int(sys.argv[1]))
