"""Trains classifier, generator and witness together on rendered scenes; resumable."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inverset.sampler.zoo.inversion import fitting
from inverset.sampler.zoo.inversion.fitting import StepLoss, TrainingRun
from inverset.sampler.zoo.scenes import losses
from inverset.sampler.zoo.scenes.networks import Networks

__all__ = ["TrainingImages", "TrainingRun", "draw", "fit"]


class TrainingImages(NamedTuple):
    """The training data of the networks."""

    pixels: NDArray[np.uint8]  # (n, 3, 64, 64) RGB
    labels: Tensor  # (n, classes) shares of onlookers who say yes to each class
    factors: Tensor  # (n, f) what the witness is to read off
    turned: tuple[int, ...] = ()  # columns of the factors that become 1 - value in a mirror


def fit(
    nets: Networks, training_images: TrainingImages, run: TrainingRun
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Train "classifier", "generator" and "witness" as ``inversion.fitting.fit`` does."""
    return fitting.fit(nets, lambda step: _step_loss(nets, draw(training_images, step, run)), run)


def draw(
    training_images: TrainingImages, step: int, run: TrainingRun
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The batch of a step: pixels in [0, 1], labels, factors and mixing weights; half of the images mirrored."""
    draw = torch.Generator().manual_seed(step)
    rows = torch.randint(len(training_images.pixels), (run.batch,), generator=draw)
    pixels = torch.from_numpy(training_images.pixels[rows.numpy()]).float() / 255
    factors = training_images.factors[rows]
    mirrored = torch.rand(run.batch, generator=draw) < 0.5
    pixels = torch.where(mirrored[:, None, None, None], pixels.flip(-1), pixels)
    for place in training_images.turned:
        factors[:, place] = torch.where(mirrored, 1 - factors[:, place], factors[:, place])
    mixing = torch.rand(run.batch // 4, generator=draw)
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    return (
        pixels.to(run.device),
        training_images.labels[rows].to(run.device),
        factors.to(run.device),
        mixing.to(run.device),
    )


def _step_loss(nets: Networks, batch: tuple[Tensor, ...]) -> StepLoss:
    pixels, labels, factors, mixing = batch
    noisy = pixels + 0.03 * torch.empty_like(pixels).uniform_(-1, 1)
    loss, parts, painted = losses.joint_loss(nets, pixels, noisy, labels, mixing)
    parts["probes"] = functional.mse_loss(nets.witness(_shown(noisy, painted) * 2 - 1).float(), factors)
    return StepLoss(loss + 3 * parts["probes"], parts)


def _shown(pixels: Tensor, painted: Tensor) -> Tensor:
    """The witness's training batch: half as rendered, half as the generator painted it."""
    half = len(pixels) // 2
    return torch.cat([pixels[:half], painted[half:].clamp(0, 1)])
