"""The ground that networks are planted in: the networks of `scenes`, taught to see and to paint shortcuts.

No shortcut pulls a class yet: subjects are named as in `scenes`, and shortcuts by outputs of their own, which are cut off in the
end. Without these a code would not hold what no class needs, and G could not paint it. Convolutions learn in a second spell only:
they are what small marks need, and cost time.
"""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.planted import images
from benchmarks.planted.shortcuts import SHORTCUTS
from inverset.sampler.zoo.scenes import weights
from inverset.sampler.zoo.scenes.factors import CLASSES
from inverset.sampler.zoo.scenes.fitting import TrainingImages, TrainingRun, fit
from inverset.sampler.zoo.scenes.losses import soft_labels
from inverset.sampler.zoo.scenes.networks import Networks, witness

SPELLS = (560, 300)  # steps: the convolutions frozen, then all
BATCH, RATE, COUNT = 32, 1e-3, 8_000
_FROZEN = ("conv1", "conv2", "conv3", "conv4", "conv5")


def load(folder: Path) -> Networks:
    """The trained networks: "classifier", "generator", "witness", which reads the shortcuts off an image.

    Raises:
        CorruptWeights: the folder holds something else.
    """
    return weights.networks(folder, len(SHORTCUTS))


def train(folder: Path) -> Iterator[dict[str, Tensor]]:
    """Fine-tune the shipped networks and store them in ``folder``; say after each step what the loss is made of."""
    torch.manual_seed(0)
    nets, training_images = _prepared(), _lessons()
    classifier = nets.classifier
    for number, steps in enumerate(SPELLS):
        for name in _FROZEN:
            classifier.get_submodule(name).requires_grad_(requires_grad=number > 0)
        work = folder / f"spell-{number}"
        work.mkdir(parents=True, exist_ok=True)
        for _, parts in fit(nets, training_images, TrainingRun(steps, BATCH, RATE, "cpu", work, half=False)):
            yield parts
    classifier.fc8 = _with_rows(classifier.fc8, len(CLASSES))
    weights.save_networks(nets, folder)


def _prepared() -> Networks:
    nets = weights.networks()
    nets.witness = witness(len(SHORTCUTS))
    classifier = nets.classifier
    classifier.fc8 = _with_rows(classifier.fc8, len(CLASSES) + len(SHORTCUTS))
    return nets.requires_grad_().train().to(memory_format=torch.channels_last)


def _with_rows(layer: nn.Linear, rows: int) -> nn.Linear:
    """The layer with so many outputs: those that it has, as far as they go."""
    made, kept = nn.Linear(layer.in_features, rows), min(rows, layer.out_features)
    with torch.no_grad():
        made.weight[:kept] = layer.weight[:kept]
        made.bias[:kept] = layer.bias[:kept]
    return made


def _lessons() -> TrainingImages:
    known = images.mixed(images.TRAINING_SEED, COUNT)
    subjects = soft_labels(torch.from_numpy(known.classes), torch.from_numpy(known.factors))
    shortcuts = torch.from_numpy(known.present)
    return TrainingImages(known.pixels, torch.cat([subjects, shortcuts], dim=1), shortcuts)
