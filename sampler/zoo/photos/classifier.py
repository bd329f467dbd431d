"""Trains the network of ``photos``: labels, what a larger network makes of the same photographs (Hinton et al. 2015), and the picture.

A small decoder paints the picture again from ``code``, so that the bottleneck keeps what is seen besides what it is called.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from inverset.sampler.zoo.photos.network import CODE, DEVIATION, MEAN, SIDE, PhotoNetwork
from inverset.sampler.zoo.photos.photographs import Photographs
from inverset.sampler.zoo.photos.teacher import FEATURES, IMAGENET, Taught

STORED = 80  # pixels a side of the photographs that views are cut from
BATCH, RATE, DECAY = 64, 3e-3, 0.05
_LEAST = 0.6  # share of the side that a view shows
_SMOOTHING, _TEMPERATURE = 0.1, 2.0
# Weights of the teacher's classes and features, and of the colours' mean absolute error, beside 1 of the labels.
_OF_CLASSES, _OF_FEATURES, _OF_PICTURE = 0.5, 2.0, 5.0
_DECODED = (64, 48, 24)  # channels of the decoder at 8, 16 and 32 pixels a side


class Epoch(NamedTuple):
    """An epoch's end."""

    number: int  # from 1
    loss: float
    accuracy: float  # on the views trained on


class _Student(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.network = PhotoNetwork()
        self.project = nn.Linear(self.network.fc.in_features, FEATURES)
        first, second, third = _DECODED
        self.decoder = nn.Sequential(
            *(nn.Conv2d(CODE[0], first, 3, 1, 1), nn.ReLU()),
            *(nn.ConvTranspose2d(first, second, 4, 2, 1), nn.ReLU()),
            *(nn.ConvTranspose2d(second, third, 4, 2, 1), nn.ReLU()),
            *(nn.Conv2d(third, 12, 3, 1, 1), nn.PixelShuffle(2)),
        )


def train(known: Photographs, taught: Taught, path: Path, epochs: int, seed: int = 0) -> Iterator[Epoch]:
    """Train and write the weights to ``path``. Stopped, the next call goes on at its epoch.

    Args:
        known: photographs of STORED x STORED pixels.
        taught: what the teacher makes of them, in the same order.
        path: the file.
        epochs: passes over all photographs.
        seed: of weights, views and order.
    """
    torch.manual_seed(seed)
    student = _Student().to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(student.parameters(), lr=RATE, weight_decay=DECAY)
    steps = epochs * (len(known.pixels) // BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.2)
    draft, done = path.with_suffix(".unfinished"), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    if draft.exists():
        kept = torch.load(draft, weights_only=True)
        student.load_state_dict(kept["student"])
        optimiser.load_state_dict(kept["optimiser"])
        rate.load_state_dict(kept["rate"])
        done = kept["done"]
    for epoch in range(done, epochs):
        random = torch.Generator().manual_seed(seed * 1000 + epoch)
        order, losses, right = torch.randperm(len(known.pixels), generator=random), [], []
        for rows in order.split(BATCH):
            if len(rows) < BATCH:
                continue
            loss, hits = _step(student, known, taught, rows, random)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
            losses.append(float(loss.detach()))
            right.append(hits)
        state = {"student": student.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save({**state, "rate": rate.state_dict(), "done": epoch + 1}, draft)
        yield Epoch(epoch + 1, sum(losses) / len(losses), sum(right) / len(right))
    save_file({name: value.contiguous() for name, value in student.network.state_dict().items()}, path)
    draft.unlink(missing_ok=True)


@torch.no_grad()
def accuracy(network: nn.Module, known: Photographs) -> tuple[float, float]:
    """The shares of photographs (n, 3, 64, 64) that are named rightly: among the first ten classes, and the last six."""
    right = torch.cat(
        [
            network(normalised(pixels)).argmax(dim=1) == classes
            for pixels, classes in zip(known.pixels.split(200), known.classes.split(200), strict=True)
        ]
    ).float()
    ten = known.classes < len(IMAGENET)
    return float(right[ten].mean()), float(right[~ten].mean())


def normalised(pixels: Tensor) -> Tensor:
    """Images (k, 3, 64, 64) uint8 as the network takes them."""
    return ((pixels.float() / 255 - MEAN) / DEVIATION).to(memory_format=torch.channels_last)


def _step(
    student: _Student, known: Photographs, taught: Taught, rows: Tensor, random: torch.Generator
) -> tuple[Tensor, float]:
    mirrored = torch.randint(2, (len(rows),), generator=random)
    images = _views(known.pixels[rows], mirrored.bool(), random)
    codes = student.network.coded(images)
    pooled = student.network.pooled(codes)
    logits, classes = student.network.fc(pooled), known.classes[rows]
    loss = functional.cross_entropy(logits, classes, label_smoothing=_SMOOTHING)
    loss = loss + _OF_PICTURE * DEVIATION * (student.decoder(codes) - images).abs().mean()
    ten = classes < taught.logits.shape[2]
    if bool(ten.any()):
        target = (taught.logits[rows, mirrored][ten] / _TEMPERATURE).log_softmax(dim=1)
        own = (logits[ten, : target.shape[1]] / _TEMPERATURE).log_softmax(dim=1)
        divergence = functional.kl_div(own, target, reduction="batchmean", log_target=True)
        loss = loss + _OF_CLASSES * _TEMPERATURE**2 * divergence
    features = functional.normalize(student.project(pooled), dim=1)
    loss = loss + _OF_FEATURES * (1 - (features * taught.features[rows, mirrored].float()).sum(dim=1)).mean()
    return loss, float((logits.argmax(dim=1) == classes).float().mean())


def _views(pixels: Tensor, mirrored: Tensor, random: torch.Generator) -> Tensor:
    """Parts of photographs (k, 3, STORED, STORED), some mirrored, of other brightness and contrast, as the network takes them."""
    count = len(pixels)
    scale = _LEAST + (1 - _LEAST) * torch.rand(count, 1, generator=random)
    scale = scale * (1 + 0.1 * (2 * torch.rand(count, 2, generator=random) - 1))  # of other proportions, too
    scale = scale.clamp(max=1)
    shift = (1 - scale) * (2 * torch.rand(count, 2, generator=random) - 1)
    sign = torch.where(mirrored, -1.0, 1.0)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, :, 2] = sign * scale[:, 0], scale[:, 1], shift
    grid = functional.affine_grid(matrix, [count, 3, SIDE, SIDE], align_corners=False)
    views = functional.grid_sample(pixels.float() / 255, grid, align_corners=False, padding_mode="reflection")
    contrast = 1 + 0.2 * (2 * torch.rand(count, 1, 1, 1, generator=random) - 1)
    brightness = 0.1 * (2 * torch.rand(count, 3, 1, 1, generator=random) - 1)
    views = (views - 0.5) * contrast + 0.5 + brightness
    return ((views - MEAN) / DEVIATION).to(memory_format=torch.channels_last)
