"""A small network that tells ten kinds of photographs apart: the studied network of the trust benchmark."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from inverset.sampler.zoo.photos.photographs import resized

SIDE = 64
WIDTHS = (24, 48, 96, 192)  # channels at 32, 16, 8 and 4 pixels a side
EPOCHS, BATCH, RATE, DECAY = 16, 64, 2e-3, 0.05
_MEAN, _DEVIATION = 0.5, 0.25


class Block(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016), at half the side of the input."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inner, outer, 3, 2, 1, bias=False), nn.BatchNorm2d(outer)
        self.conv2, self.norm2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer)
        self.beside = nn.Conv2d(inner, outer, 1, 2, bias=False)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (k, inner, h, w) to (k, outer, h / 2, w / 2)."""
        inside = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(maps)))))
        result: Tensor = self.relu2(inside + self.beside(maps))
        return result


class PhotographNetwork(nn.Module):
    """Photographs (k, 3, 64, 64), normalised, to logits (k, 10); ``block2`` is a map of 96 x 8 x 8, ``pool`` a vector of 192."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        stem, *widths = WIDTHS
        self.stem = nn.Sequential(nn.Conv2d(3, stem, 3, 2, 1, bias=False), nn.BatchNorm2d(stem), nn.ReLU())
        self.block1, self.block2, self.block3 = (
            Block(inner, outer) for inner, outer in zip(WIDTHS, widths, strict=False)
        )
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Run the layers in the order in which they were made."""
        result = images
        for layer in self.children():
            result = layer(result)
        return result


def make() -> nn.Module:
    """The network without weights, for ``factory:benchmarks.trust.network:make``."""
    return PhotographNetwork()


class Photographs(NamedTuple):
    """Photographs of known kinds."""

    pixels: Tensor  # (n, 3, 64, 64) uint8
    classes: Tensor  # (n,) index into names
    names: tuple[str, ...]


def read(folder: Path, side: int = SIDE) -> Photographs:
    """All photographs of a folder with a folder for each class, in the order of their names.

    Raises:
        FileNotFoundError: there are none.
    """
    paths = sorted(folder.glob("*/*.jpg"))
    if not paths:
        raise FileNotFoundError(f"no photographs in {folder}")
    names = tuple(sorted({path.parent.name for path in paths}))
    classes = torch.tensor([names.index(path.parent.name) for path in paths])
    return Photographs(resized(paths, side), classes, names)


def normalised(pixels: Tensor) -> Tensor:
    """Images (k, 3, 64, 64) uint8 as the network takes them."""
    return (pixels.float() / 255 - _MEAN) / _DEVIATION


def train(known: Photographs, path: Path, epochs: int = EPOCHS, seed: int = 0) -> Iterator[tuple[int, float]]:
    """Train and write the weights to ``path``; say each epoch's number and loss. Stopped, the next call goes on at its epoch."""
    torch.manual_seed(seed)
    network = PhotographNetwork(len(known.names)).to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    steps = epochs * (len(known.pixels) // BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    draft, done = path.with_suffix(".unfinished"), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    if draft.exists():
        done = _restored(draft, network, optimiser, rate)
    for epoch in range(done, epochs):
        random = torch.Generator().manual_seed(seed * 1000 + epoch)
        loss = _epoch(network, known, optimiser, rate, random)
        kept = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save({**kept, "rate": rate.state_dict(), "done": epoch + 1}, draft)
        yield epoch + 1, loss
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, path)
    draft.unlink(missing_ok=True)


def _restored(
    draft: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    rate: torch.optim.lr_scheduler.LRScheduler,
) -> int:
    kept = torch.load(draft, weights_only=True)
    network.load_state_dict(kept["network"])
    optimiser.load_state_dict(kept["optimiser"])
    rate.load_state_dict(kept["rate"])
    return int(kept["done"])


def _epoch(
    network: nn.Module,
    known: Photographs,
    optimiser: torch.optim.Optimizer,
    rate: torch.optim.lr_scheduler.LRScheduler,
    random: torch.Generator,
) -> float:
    """Mean loss of one pass over the photographs."""
    order, losses = torch.randperm(len(known.pixels), generator=random), []
    for rows in order.split(BATCH):
        if len(rows) < BATCH:
            continue
        images = _moved(normalised(known.pixels[rows]), random).to(memory_format=torch.channels_last)
        loss = functional.cross_entropy(network(images), known.classes[rows], label_smoothing=0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
        losses.append(float(loss.detach()))
    return sum(losses) / max(1, len(losses))


def _moved(images: Tensor, random: torch.Generator) -> Tensor:
    """Half of them mirrored, each shifted by up to 6 pixels: what photographs of the same thing differ in."""
    mirrored = torch.rand(len(images), generator=random) < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    padded = functional.pad(images, (6, 6, 6, 6), mode="reflect")
    down, right = torch.randint(13, (2, len(images)), generator=random)
    return torch.stack(
        [
            image[:, y : y + SIDE, x : x + SIDE]
            for image, y, x in zip(padded, down.tolist(), right.tolist(), strict=True)
        ]
    )


@torch.no_grad()
def accuracy(network: nn.Module, held_out: Photographs) -> float:
    """Share of photographs whose class the network says."""
    network.eval()
    right = [
        (network(normalised(images)).argmax(1) == classes).float()
        for images, classes in zip(held_out.pixels.split(250), held_out.classes.split(250), strict=True)
    ]
    return float(torch.cat(right).mean())
