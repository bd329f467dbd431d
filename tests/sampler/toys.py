"""Models so small that their inverse sets are known exactly."""

from dataclasses import replace

import torch
from torch import nn

from inverset.sampler.bundle import Bundle, CodeStatistics
from inverset.sampler.problem import quantise

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


def vector(name: str, units: int) -> dict:
    """A layer without places, as a catalogue describes it."""
    return {"name": name, "kind": "vector", "units": units, "labels": []}


@torch.no_grad()
def width(neurons: nn.Module) -> int:
    """How many neurons there are."""
    return neurons(torch.zeros(1, PIXELS)).shape[1]


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
        catalogue={"layers": [vector("code", PIXELS), vector("neurons", width(neurons))]},
    )


class Pictures:
    """Reference images that a bundle's generator paints of codes drawn from N(0, I)."""

    def __init__(self, bundle: Bundle, count: int) -> None:
        self.bundle = bundle
        drawn = torch.randn(count, PIXELS, generator=torch.Generator().manual_seed(0))
        self.pictures = (quantise(bundle.generator(drawn)).clamp(0, 1) * 255).round().to(torch.uint8)
        self.codes = bundle.network.code(
            bundle.preprocess(self.images(range(count)).float() / 255).flatten(1)
        )

    def read(self, neurons):
        outputs = self.bundle.network.neurons(self.codes)
        return outputs[:, [neuron.unit for neuron in neurons]].detach()

    def invert(self, rows):
        return self.codes[rows]

    def images(self, indices):
        return self.pictures[list(indices)]

    def prepare(self):
        yield from ()


def with_pictures(neurons: nn.Module, count: int = 400) -> Bundle:
    """The same with reference images."""
    plain = bundle(neurons)
    return replace(plain, reference=Pictures(plain, count))
