"""Finds the batch size at which a device is fastest, by a short measured ramp.

The more codes at once, the less each of them costs, until the device is full; beyond that they only take its memory.
"""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import Band, Neuron, Problem

MOST = 512  # codes at once, the last rung
_GAIN = 1.1  # the least gain in speed by twice as many codes; two sizes in a row without it end the ramp
_ENOUGH = 0.9  # of the largest throughput
_SHARE = 0.7  # of the free memory that a batch may take
_TIMES = 3  # that a rung is measured; the quickest counts, since others only ever slow it
_SLOW = 0.2  # seconds of an evaluation, above which one measurement must do: a job may be waiting
_LONGEST = 0.5  # seconds, above which no larger batch is tried: jobs are saved and stopped in between


class Rung(NamedTuple):
    """The measurement of one batch size."""

    codes: int
    evaluations: float  # a second: forward and backward of G and the network


def ramp(bundle: Bundle, most: int = MOST) -> Iterator[Rung]:
    """Measure 1, 2, 4, ... codes at once, one size a step, until more is no faster, too slow, too large or above ``most``."""
    problem = Problem(bundle, (Neuron.parse(f"{bundle.layers[-1]}:0", bundle),), (Band.of(None),))
    codes, quickest, idle = 1, 0.0, 0
    while codes <= most and idle <= 1:
        try:
            rung, needed = _measured(problem, codes)
        except torch.OutOfMemoryError:
            return
        yield rung
        idle = 0 if rung.evaluations >= _GAIN * quickest else idle + 1
        quickest, codes = max(quickest, rung.evaluations), 2 * codes
        slow = rung.codes / rung.evaluations > _LONGEST
        if slow or 2 * needed > _SHARE * _free(bundle.statistics.mean.device):
            return


def best(rungs: Iterable[Rung]) -> Rung:
    """The smallest batch size that is nearly as fast as the fastest."""
    known = sorted(rungs)
    enough = _ENOUGH * max(rung.evaluations for rung in known)
    return next(rung for rung in known if rung.evaluations >= enough)


def _measured(problem: Problem, codes: int) -> tuple[Rung, int]:
    """The measurement of one batch size, with the approximate peak of bytes that an evaluation holds."""
    batch = problem.bundle.statistics.mean.expand(codes, -1)
    needed = _held(problem, batch)  # this first one also warms up
    seconds = _seconds(problem, batch)
    if seconds < _SLOW:
        seconds = min(seconds, *(_seconds(problem, batch) for _ in range(_TIMES - 1)))
    return Rung(codes, codes / seconds), needed


def _seconds(problem: Problem, batch: Tensor) -> float:
    began = time.perf_counter()
    _evaluate(problem, batch)
    if batch.is_cuda:
        torch.cuda.synchronize(batch.device)
    return time.perf_counter() - began


def _held(problem: Problem, batch: Tensor) -> int:
    """The bytes that the forward pass keeps for backward, doubled: gradients take about as much again."""
    kept: dict[int, int] = {}

    def keep(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        _evaluate(problem, batch)
    return 2 * sum(kept.values())


def _evaluate(problem: Problem, batch: Tensor) -> None:
    codes = batch.detach().clone().requires_grad_()
    torch.autograd.grad(problem.forward(codes).activations.sum(), codes, allow_unused=True)


def _free(device: torch.device) -> float:
    """The bytes of free memory; infinity where the system does not report it."""
    if device.type == "cuda":
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return float(torch.cuda.mem_get_info(device)[0] + cached)
    with suppress(AttributeError, ValueError, OSError):
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return float("inf")
