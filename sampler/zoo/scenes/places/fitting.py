"""Trains the network of places on rendered images, in the same way as `scenes`."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from inverset.sampler.zoo.inversion import fitting
from inverset.sampler.zoo.inversion.fitting import StepLoss, TrainingRun
from inverset.sampler.zoo.scenes.bundle import to_network_input
from inverset.sampler.zoo.scenes.fitting import TrainingImages, draw
from inverset.sampler.zoo.scenes.losses import naming_loss

_NOISE = 0.03  # on pixels in [0, 1], as the classifier of `scenes` sees them


def fit(
    network: nn.Module, training_images: TrainingImages, run: TrainingRun
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Train the network as ``inversion.fitting.fit`` does. It never sees a generator's images."""
    return fitting.fit(network, lambda step: _step_loss(network, *draw(training_images, step, run)[:2]), run)


def _step_loss(network: nn.Module, pixels: Tensor, labels: Tensor) -> StepLoss:
    noisy = pixels + _NOISE * torch.empty_like(pixels).uniform_(-1, 1)
    loss = naming_loss(network(to_network_input(noisy)), labels)
    return StepLoss(loss, {"label": loss.detach()})
