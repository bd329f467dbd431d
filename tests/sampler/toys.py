"""Models so small that their inverse sets are known exactly."""

import torch
from torch import nn

from sampler.bundle import Bundle, CodeStatistics

SIDE = 4
PIXELS = 3 * SIDE * SIDE


class Painter(nn.Module):
    """G: a code is the picture, about grey."""

    def forward(self, codes):
        return (0.5 + 0.1 * codes).view(-1, 3, SIDE, SIDE)


class Reader(nn.Module):
    """The inverse of Painter, and neurons on it."""

    def __init__(self, neurons: nn.Module) -> None:
        super().__init__()
        self.code = nn.Identity()
        self.neurons = neurons
        self.scale = nn.Parameter(torch.tensor(0.1), requires_grad=False)

    def forward(self, images):
        return self.neurons(self.code(images.flatten(1)))


class Sphere(nn.Module):
    """One neuron: the squared length of the code, per entry."""

    def forward(self, codes):
        return codes.square().mean(dim=1, keepdim=True)


class Constant(nn.Module):
    """A neuron that says the same of every image."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, codes):
        return codes[:, :1] * 0 + self.value


def linear(weights) -> nn.Linear:
    """Neurons that are weighted sums of the code."""
    layer = nn.Linear(PIXELS, len(weights), bias=False)
    layer.weight = nn.Parameter(torch.as_tensor(weights, dtype=torch.float32), requires_grad=False)
    return layer


def bundle(neurons: nn.Module) -> Bundle:
    """A bundle with codes drawn from N(0, I) and no reference images."""
    statistics = CodeStatistics(torch.zeros(PIXELS), torch.eye(PIXELS), torch.ones(PIXELS), None, 1.5, 0.2)
    network = Reader(neurons)
    return Bundle(
        name="toy",
        sha256="0" * 64,
        network=network,
        generator=Painter(),
        preprocess=lambda images: (images - 0.5) / network.scale,
        encoder="code",
        statistics=statistics,
        layers=("code", "neurons"),
        labels={},
        reference=None,
        catalogue={},
    )
