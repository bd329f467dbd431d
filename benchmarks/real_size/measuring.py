"""Evaluations a second of the sampler and of its networks alone, and samples that hold in full precision."""

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from benchmarks.costs import bare
from inverset.sampler import driver
from inverset.sampler.codes import Starts, draw_coordinates
from inverset.sampler.evaluation.figures import in_band
from inverset.sampler.problem import Problem, read_images

METHOD = "calibrated"


@dataclass(frozen=True)
class Setting:
    """How networks compute; samples are accepted in full precision under each."""

    name: str
    tf32: bool = False
    bf16: bool = False
    channels_last: bool = False
    compiled: str | None = (
        None  # the generator, in a mode of torch.compile; "reduce-overhead" replays CUDA graphs
    )


PLAIN = Setting("fp32")
ON_GPU = (
    PLAIN,
    Setting("tf32", tf32=True),
    Setting("bf16", tf32=True, bf16=True),
    Setting("bf16, channels last", tf32=True, bf16=True, channels_last=True),
    Setting("bf16, channels last, compiled", tf32=True, bf16=True, channels_last=True, compiled="default"),
    Setting(
        "bf16, channels last, CUDA graphs",
        tf32=True,
        bf16=True,
        channels_last=True,
        compiled="reduce-overhead",
    ),
)
ON_CPU = (PLAIN, Setting("fp32, channels last", channels_last=True))


@dataclass(frozen=True)
class Pace:
    """Of one setting and batch."""

    evaluations: float  # a second, by the sampler
    networks: float  # a second, forward and backward alone
    gibibytes: float | None  # of the device at most; None: it has no memory of its own

    @property
    def overhead(self) -> float:
        """Share of the time that is not the networks'."""
        return 1 - self.evaluations / self.networks


@dataclass(frozen=True)
class Run:
    """To n samples."""

    samples: int
    in_band: int  # read again from their bytes, in full precision
    seconds: float
    evaluations: int


def pace(problem: Problem, setting: Setting, k: int, steps: int) -> Pace:
    """The sampler's step and a bare pass in turns, so that a busy machine slows both; medians. The first steps warm up."""
    device = problem.bundle.statistics.mean.device
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    ours, theirs = [], []
    with _computing(problem, setting) as asked:
        run = driver.answer(asked, driver.question(asked, METHOD, 10**6, k=k))
        start = draw_coordinates(asked, k, Starts(0.01, 0.3), torch.Generator().manual_seed(0))
        for _ in range(2 + steps):
            ours.append(_seconds(lambda: next(run), device))
            theirs.append(_seconds(lambda: bare(asked, start), device))
    most = torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else None
    return Pace(k / statistics.median(ours[2:]), k / statistics.median(theirs[2:]), most)


def until(problem: Problem, setting: Setting, k: int, n: int, seconds: float) -> Run:
    """Sample until n hold in full precision, or the time is over."""
    device = problem.bundle.statistics.mean.device
    held = samples = evaluations = 0
    with _computing(problem, setting) as asked:
        run = driver.answer(asked, driver.question(asked, METHOD, 10**9, k=k))
        began = time.perf_counter()
        for step in run:
            images, evaluations = step.emission.images, step.state.tally.gradient_evaluations
            samples += len(images)
            if len(images):
                held += int(
                    in_band(problem, read_images(problem.bundle, problem.neurons, images)[0].cpu()).sum()
                )
            if held >= n or step.outcome or time.perf_counter() - began > seconds:
                break
        _wait(device)
    return Run(samples, min(held, n), time.perf_counter() - began, evaluations)


@contextlib.contextmanager
def _computing(problem: Problem, setting: Setting) -> Iterator[Problem]:
    """The problem as it is under a setting."""
    bundle = problem.bundle
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("high" if setting.tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = setting.tf32
    layout = torch.channels_last if setting.channels_last else torch.contiguous_format
    parts = [part.to(memory_format=layout) for part in (bundle.network, bundle.generator)]
    generator: Any = parts[1] if setting.compiled is None else torch.compile(parts[1], mode=setting.compiled)
    request = replace(problem, bundle=replace(bundle, network=parts[0], generator=generator))
    whole = _read_whole(request) if setting.bf16 else []
    try:
        yield _half(request) if setting.bf16 else request
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]
        for each in whole:
            each.remove()


def _half(problem: Problem) -> Problem:
    bundle = problem.bundle
    network, generator = _Half(bundle.network), _Half(bundle.generator)
    return replace(problem, bundle=replace(bundle, network=network, generator=generator))


def _read_whole(problem: Problem) -> list[RemovableHandle]:
    """What is read from the network's layers is read in full precision, whatever they compute in."""
    encoder = problem.bundle.encoder
    layers = {*([encoder] if isinstance(encoder, str) else []), *(neuron.layer for neuron in problem.neurons)}
    results = [problem.bundle.network.get_submodule(layer) for layer in layers]
    return [layer.register_forward_hook(lambda _layer, _given, out: out.float()) for layer in results]


class _Half(nn.Module):
    """A network under autocast, with its own layers' names."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, values: Tensor) -> Tensor:
        with torch.autocast(values.device.type, torch.bfloat16):
            out: Tensor = self.inner(values)
        return out.float()

    def get_submodule(self, target: str) -> nn.Module:
        return self.inner.get_submodule(target)


def _seconds(act: Callable[[], object], device: torch.device) -> float:
    began = time.perf_counter()
    act()
    _wait(device)
    return time.perf_counter() - began


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
