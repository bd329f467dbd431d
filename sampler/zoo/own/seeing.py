"""What layers say of images, taken up while they are computed, so that no map is kept for longer than it takes to read it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

from inverset.contract.neurons import DIRECTION
from inverset.sampler.directions import Directions
from inverset.sampler.hooks import LayerOutput, capture
from inverset.sampler.neuron import Neuron
from inverset.sampler.zoo.parts import Network

FLAT = "flat"
T = TypeVar("T")


@torch.no_grad()
def look(network: Network, images: Tensor, wanted: Mapping[str, Callable[[Tensor], T]]) -> dict[str, T]:
    """Each wanted layer's output as it is to be read, of images (k, 3, h, w) in [0, 1]; the pass ends at the last of them."""
    return capture(
        network.module,
        network.preprocess(images),
        {name: partial(_read, read) for name, read in wanted.items()},
        network.channels_last,
    )


def _read(read: Callable[[Tensor], T], said: LayerOutput) -> T:
    return read(said.output)


def reader(
    ways: Sequence[str], directions: Mapping[str, Directions], *, flat: bool
) -> Callable[[Tensor], dict[str, Tensor]]:
    """Read a layer in all these ways at once, and as a whole if that is wanted: (k, units) or (k, directions) each.

    A way is a place, or over all places; or ``direction:FILE``, which is all directions of a file at the place that counts where
    nothing else is said.
    """

    def read(output: Tensor) -> dict[str, Tensor]:
        whole = {FLAT: output.flatten(1)} if flat else {}
        return {**{way: neuron(way, directions).read_layer(output) for way in ways}, **whole}

    return read


def neuron(way: str, directions: Mapping[str, Directions]) -> Neuron:
    """Any neuron that is read in this way."""
    if way.startswith(DIRECTION):
        return Neuron("", 0, directions=directions[way.removeprefix(DIRECTION)])
    return Neuron("", 0, way)
