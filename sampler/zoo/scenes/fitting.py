"""Fits classifier, generator and witness to lessons, all three at once; resumable."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from sampler.zoo.scenes import losses

_SAVE_EVERY = 250


class Lessons(NamedTuple):
    """What the networks learn from."""

    pixels: NDArray[np.uint8]  # (n, 3, 64, 64) RGB
    labels: Tensor  # (n, 12) shares of onlookers who say yes to each class
    factors: Tensor  # (n, f) what the witness is to read off
    turned: tuple[int, ...] = ()  # columns of the factors that become 1 - value in a mirror


@dataclass(frozen=True)
class Course:
    """How long, how fast and where."""

    steps: int
    batch: int
    rate: float  # Adam's largest
    device: str
    work: Path  # the folder of the unfinished training
    half: bool  # compute in bfloat16; a processor without it takes ten times as long to pretend


def fit(nets: nn.ModuleDict, lessons: Lessons, course: Course) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Train "classifier", "generator" and "witness", and say after each step how many are done, with the parts of the loss.

    In the end the networks hold a running mean of their weights. What an earlier call left in ``course.work`` is taken up.
    Weights that ask for no gradient stay as they are.
    """
    average = _Average(nets)
    learning = [weight for weight in nets.parameters() if weight.requires_grad]
    optimiser = torch.optim.Adam(learning, lr=course.rate, betas=(0.9, 0.98))
    for step in range(_resume(nets, average, optimiser, course), course.steps):
        for group in optimiser.param_groups:
            group["lr"] = course.rate * _schedule(step, course.steps)
        parts = _train_step(nets, optimiser, _batch(lessons, step, course), half=course.half)
        average.update(nets, step)
        if (step + 1) % _SAVE_EVERY == 0 or step + 1 == course.steps:
            _save(nets, average, optimiser, step + 1, course)
        yield step + 1, parts
    average.copy_to(nets)


class _Average:
    """A running mean of the weights, steadier than the last step's."""

    def __init__(self, nets: nn.Module, decay: float = 0.998) -> None:
        self.values = {name: value.detach().clone() for name, value in nets.state_dict().items()}
        self.decay = decay

    def update(self, nets: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in nets.state_dict().items():
            self.values[name].lerp_(value.detach(), 1 - decay)

    def copy_to(self, nets: nn.Module) -> None:
        nets.load_state_dict(self.values)


def _schedule(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / min(200, steps / 5))
    return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def _batch(lessons: Lessons, step: int, course: Course) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw the batch of a step: pixels in [0, 1], labels, factors and mixing weights; half of them mirrored."""
    draw = torch.Generator().manual_seed(step)
    rows = torch.randint(len(lessons.pixels), (course.batch,), generator=draw)
    pixels = torch.from_numpy(lessons.pixels[rows.numpy()]).float() / 255
    factors = lessons.factors[rows]
    mirrored = torch.rand(course.batch, generator=draw) < 0.5
    pixels = torch.where(mirrored[:, None, None, None], pixels.flip(-1), pixels)
    for place in lessons.turned:
        factors[:, place] = torch.where(mirrored, 1 - factors[:, place], factors[:, place])
    mixing = torch.rand(course.batch // 4, generator=draw)
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    return (
        pixels.to(course.device),
        lessons.labels[rows].to(course.device),
        factors.to(course.device),
        mixing.to(course.device),
    )


def _train_step(
    nets: nn.ModuleDict, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, ...], *, half: bool
) -> dict[str, Tensor]:
    pixels, labels, factors, mixing = batch
    with torch.autocast(pixels.device.type, torch.bfloat16, enabled=half):
        noisy = pixels + 0.03 * torch.empty_like(pixels).uniform_(-1, 1)
        loss, parts, painted = losses.joint_loss(nets, pixels, noisy, labels, mixing)
        parts["probes"] = functional.mse_loss(
            nets["witness"](_shown(noisy, painted) * 2 - 1).float(), factors
        )
    optimiser.zero_grad(set_to_none=True)
    (loss + 3 * parts["probes"]).backward()
    nn.utils.clip_grad_norm_(nets.parameters(), 5.0)
    optimiser.step()
    return parts


def _shown(pixels: Tensor, painted: Tensor) -> Tensor:
    """What the witness learns on: half the batch as rendered, half as the generator painted it."""
    half = len(pixels) // 2
    return torch.cat([pixels[:half], painted[half:].clamp(0, 1)])


def _save(
    nets: nn.Module, average: _Average, optimiser: torch.optim.Optimizer, step: int, course: Course
) -> None:
    state = {
        "nets": nets.state_dict(),
        "average": average.values,
        "optimiser": optimiser.state_dict(),
        "step": step,
    }
    torch.save(state, course.work / "training.tmp")
    (course.work / "training.tmp").replace(course.work / "training.pt")


def _resume(nets: nn.Module, average: _Average, optimiser: torch.optim.Optimizer, course: Course) -> int:
    path = course.work / "training.pt"
    if not path.exists():
        return 0
    state: dict[str, Any] = torch.load(path, map_location=course.device, weights_only=True)
    nets.load_state_dict(state["nets"])
    average.values = state["average"]
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])
