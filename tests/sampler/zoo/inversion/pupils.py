"""Networks so small, and pictures so plain, that inverting takes seconds."""

import torch
from torch import nn

from inverset.sampler.zoo.inversion.reading import Reader
from inverset.sampler.zoo.parts import Network

SIDE = 16


class Squares:
    """Images of one bright square each on a plain ground."""

    def __init__(self, count=60) -> None:
        draw = torch.Generator().manual_seed(0)
        self.all = torch.empty(count, 3, SIDE, SIDE, dtype=torch.uint8)
        for image in self.all:
            image[:] = torch.randint(60, 120, (3, 1, 1), generator=draw)
            y, x = torch.randint(0, SIDE - 8, (2,), generator=draw).tolist()
            image[:, y : y + 8, x : x + 8] = torch.randint(150, 250, (3, 1, 1), generator=draw)
        self.decoded = 0

    def __len__(self):
        return len(self.all)

    def read(self, rows):
        self.decoded += len(rows)
        return self.all[list(rows)]


class Seer(nn.Module):
    """Layers of all kinds: maps, maps with channels last, tokens, and a vector after a ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.relu1 = nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU()
        self.conv2, self.relu2 = nn.Conv2d(8, 12, 3, 2, 1), nn.ReLU()
        self.tokens = nn.Flatten(2)
        self.last = nn.Linear(16, 16)
        self.fc, self.relu3 = nn.Linear(12 * 16, 24), nn.ReLU()
        self.out = nn.Linear(24, 3)

    def forward(self, images):
        maps = self.relu2(self.conv2(self.relu1(self.conv1(images))))
        self.last(self.tokens(maps))
        return self.out(self.relu3(self.fc(maps.flatten(1))))


def network(**more) -> Network:
    torch.manual_seed(0)
    module = Seer().eval().requires_grad_(requires_grad=False)
    return Network(module, lambda images: images * 2 - 1, (SIDE, SIDE), "a" * 64, **more)


def reader(layer="relu3", **more) -> Reader:
    return Reader(network(**more), layer, (SIDE, SIDE))
