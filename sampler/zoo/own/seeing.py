"""What layers say of images, taken up while they are computed, so that no map is kept for longer than it takes to read it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from sampler.zoo.parts import Network

_VECTOR, _MAP = 2, 4  # dimensions of what a layer says of a batch
T = TypeVar("T")
READINGS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "center": lambda maps: maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2],
    "max": lambda maps: maps.amax(dim=(2, 3)),
    "mean": lambda maps: maps.mean(dim=(2, 3)),
}


class Shape(NamedTuple):
    """What a layer says of one image."""

    units: int
    size: tuple[int, int] | None  # of its maps; None: one number a unit

    @property
    def numbers(self) -> int:
        """In all."""
        return self.units * (self.size[0] * self.size[1] if self.size else 1)


class _Enough(Exception):  # the early way out of a forward pass
    pass


def shapes(network: Network, image: Tensor) -> dict[str, Shape]:
    """Layers of which the sampler can read neurons, in the order in which they are computed."""
    found: dict[str, Shape] = {}

    def note(name: str, output: object) -> None:
        if name in found:  # a module that is run several times is known by the first
            return
        if isinstance(output, Tensor) and output.dim() in {_VECTOR, _MAP} and output.is_floating_point():
            size = (output.shape[2], output.shape[3]) if output.dim() == _MAP else None
            found[name] = Shape(output.shape[1], size)

    handles = [
        layer.register_forward_hook(lambda _, __, output, name=name: note(name, output))
        for name, layer in network.module.named_modules()
        if name
    ]
    try:
        with torch.no_grad():
            network.module(network.preprocess(image))
    finally:
        for handle in handles:
            handle.remove()
    return found


@torch.no_grad()
def look(network: Network, images: Tensor, wanted: Mapping[str, Callable[[Tensor], T]]) -> dict[str, T]:
    """Each wanted layer's output as it is to be read, of images (k, 3, h, w) in [0, 1]; the pass ends at the last of them."""
    found: dict[str, T] = {}

    def take(name: str, output: Tensor) -> None:
        if name not in found:
            found[name] = wanted[name](output)
        if len(found) == len(wanted):
            raise _Enough

    handles = [
        network.module.get_submodule(name).register_forward_hook(
            lambda _, __, output, name=name: take(name, output)
        )
        for name in wanted
    ]
    try:
        with suppress(_Enough):
            network.module(network.preprocess(images))
    finally:
        for handle in handles:
            handle.remove()
    return found
