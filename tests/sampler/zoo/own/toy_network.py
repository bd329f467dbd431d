"""A network so small that a test can measure it: 16x16 pixels, five classes."""

import torch
from torch import nn


def make() -> nn.Module:
    """With the same weights each time."""
    state = torch.random.get_rng_state()
    torch.manual_seed(0)
    made = nn.Sequential()
    made.add_module("conv1", nn.Conv2d(3, 8, 3, padding=1))
    made.add_module("relu1", nn.ReLU())
    made.add_module("conv2", nn.Conv2d(8, 6, 3, stride=2, padding=1))
    made.add_module("relu2", nn.ReLU())
    made.add_module("flat", nn.Flatten())
    made.add_module("fc1", nn.Linear(6 * 64, 24))
    made.add_module("relu3", nn.ReLU())
    made.add_module("fc2", nn.Linear(24, 5))
    torch.random.set_rng_state(state)
    return made


class Pooling(nn.Module):
    """Pools in ``forward``: what goes into ``head`` is no module's output."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.relu1, self.head = nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Linear(8, 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        pooled: torch.Tensor = self.relu1(self.conv1(images)).mean(dim=(2, 3))
        return self.head(pooled)


def pooling() -> nn.Module:
    """With the same weights each time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Pooling()


def wide() -> nn.Module:
    """A map of more units than fit thrice among those that are measured where no layers are named."""
    made = nn.Sequential()
    made.add_module("many", nn.Conv2d(3, 3500, 1, stride=8))
    made.add_module("few", nn.Conv2d(3500, 4, 1))
    made.add_module("flat", nn.Flatten())
    made.add_module("fc2", nn.Linear(16, 5))
    return made


def colours() -> nn.Module:
    """Tells the mean colour of an image; its weights are still to be set."""
    made = nn.Sequential()
    made.add_module("pool", nn.AdaptiveAvgPool2d(1))
    made.add_module("flat", nn.Flatten())
    made.add_module("head", nn.Linear(3, 6))
    return made
