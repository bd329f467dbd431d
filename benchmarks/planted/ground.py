"""The ground that networks are planted in: the networks of `scenes`, taught to see and to paint shortcuts.

No shortcut means anything yet: classes are named as in `scenes`, with or without shortcuts. Convolutions stay as they are.
"""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.planted import images
from benchmarks.planted.shortcuts import SHORTCUTS
from sampler.zoo.scenes import weights
from sampler.zoo.scenes.fitting import Course, Lessons, fit
from sampler.zoo.scenes.losses import soft_labels
from sampler.zoo.scenes.networks import witness

STEPS, BATCH, RATE, COUNT = 350, 32, 1e-3, 8_000
_FROZEN = ("conv1", "conv2", "conv3", "conv4", "conv5")


def load(folder: Path) -> nn.ModuleDict:
    """The trained networks: "classifier", "generator", "witness", which reads the shortcuts off an image.

    Raises:
        CorruptWeights: the folder holds something else.
    """
    return weights.networks(folder, len(SHORTCUTS))


def train(folder: Path, steps: int = STEPS) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Fine-tune the shipped networks and store them in ``folder``; say after each step what the loss is made of."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    nets = weights.networks()
    nets["witness"] = witness(len(SHORTCUTS))
    nets = nets.requires_grad_().train().to(memory_format=torch.channels_last)
    for name in _FROZEN:
        nets["classifier"].get_submodule(name).requires_grad_(requires_grad=False)
    yield from fit(nets, _lessons(), Course(steps, BATCH, RATE, "cpu", folder, half=False))
    weights.save_networks(nets, folder)


def _lessons() -> Lessons:
    known = images.mixed(images.TRAINING_SEED, COUNT)
    labels = soft_labels(torch.from_numpy(known.classes), torch.from_numpy(known.factors))
    return Lessons(known.pixels, labels, torch.from_numpy(known.present))
