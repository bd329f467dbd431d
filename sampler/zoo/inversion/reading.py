"""The activations of a network for images, up to the layer to invert; differentiable."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from inverset.sampler.hooks import INPUT, LayerOutput, capture
from inverset.sampler.zoo.inversion.losses import Reading
from inverset.sampler.zoo.networks.layers import find, outputs_of_black, readable
from inverset.sampler.zoo.parts import Network, Size

_COMPARED = 4  # layers whose activations count as the look of a picture, as in `scenes`
_ACTIVATIONS = (nn.ReLU, nn.GELU, nn.SiLU, nn.LeakyReLU, nn.ELU, nn.Hardswish)


class Reader:
    """A network up to one layer: maps images (k, 3, h, w) in [0, 1] to a Reading, whose codes are the layer's flattened output."""

    def __init__(self, network: Network, layer: str, size: Size) -> None:
        """Choose the layers to compare.

        Args:
            network: which is not changed.
            layer: as ``readable`` lists it, by which codes are measured too.
            size: of the images that it will be shown.

        Raises:
            BadEntry: there is no such layer.
        """
        self._network, self._layer = network, layer
        self.shape = find(readable(network, size), layer).shape
        seen = outputs_of_black(network, size)
        before = [*seen][: [*seen].index(layer)]
        self.looks = _compared(
            [name for name in before if not name.endswith(INPUT) and seen[name].dim() > 2], network.module
        )

    @property
    def device(self) -> torch.device:
        """The device of the network."""
        return next(self._network.module.parameters()).device

    def __call__(self, images: Tensor) -> Reading:
        """The reading of these images; the pass ends at the last layer that is needed."""
        network = self._network
        readers = dict.fromkeys((*self.looks, self._layer), _output)
        seen = capture(network.module, network.preprocess(images), readers, network.channels_last)
        return Reading(tuple(seen[name] for name in self.looks), seen[self._layer].flatten(1))


def _output(layer: LayerOutput) -> Tensor:
    return layer.output


def _compared(names: Sequence[str], module: nn.Module) -> tuple[str, ...]:
    """A few layers before the inverted one, evenly spread; activation layers, if there are enough of them."""
    leaves = [name for name in names if not any(module.get_submodule(name).children())]
    active = [name for name in leaves if isinstance(module.get_submodule(name), _ACTIVATIONS)]
    among = active if len(active) >= _COMPARED else leaves
    if len(among) <= _COMPARED:
        return tuple(among)
    return tuple(among[round(place * (len(among) - 1) / (_COMPARED - 1))] for place in range(_COMPARED))
