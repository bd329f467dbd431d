"""Reads layers' outputs during the forward pass, so that no map is held longer than necessary."""

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
def look(network: Network, images: Tensor, readers: Mapping[str, Callable[[Tensor], T]]) -> dict[str, T]:
    """The read outputs of the layers, for images (k, 3, h, w) in [0, 1]; the pass ends at the last of the layers."""
    return capture(
        network.module,
        network.preprocess(images),
        {name: partial(_read, read) for name, read in readers.items()},
        network.channels_last,
    )


def _read(read: Callable[[Tensor], T], layer: LayerOutput) -> T:
    return read(layer.output)


def reader(
    ways: Sequence[str], directions: Mapping[str, Directions], *, flat: bool
) -> Callable[[Tensor], dict[str, Tensor]]:
    """A function that reads a layer in several ways at once, and flattened with ``flat``: (k, units) or (k, directions) each.

    A way is a place, or over all places; or ``direction:FILE``, which is all directions of a file at the place that counts where
    nothing else is said.
    """

    def read(output: Tensor) -> dict[str, Tensor]:
        whole = {FLAT: output.flatten(1)} if flat else {}
        return {**{way: neuron(way, directions).read_layer(output) for way in ways}, **whole}

    return read


def neuron(way: str, directions: Mapping[str, Directions]) -> Neuron:
    """A neuron with this reading, whichever its unit."""
    if way.startswith(DIRECTION):
        return Neuron("", 0, directions=directions[way.removeprefix(DIRECTION)])
    return Neuron("", 0, way)
