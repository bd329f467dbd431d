"""A judge whose features are a layer of a network."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inverset.sampler.hooks import LayerOutput, capture

_TOKENS, _MAP = 3, 4  # dimensions of a batch of them


@dataclass(frozen=True)
class LayerJudge:
    """A layer's output for images; maps are averaged over their positions, tokens over tokens."""

    name: str
    network: nn.Module
    preprocess: Callable[[Tensor], Tensor]  # RGB in [0, 1] on the 8-bit grid -> the network's input
    layer: str
    channels_last: Collection[str] = frozenset()  # layers whose maps are (k, h, w, units)

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """The features (k, units), on the CPU, of images (k, 3, h, w) uint8.

        Raises:
            LayerNotReached: the layer took no part in the pass.
        """
        shown = images.to(_device(self.network)).float() / 255
        readers = {self.layer: _pooled}
        return capture(self.network, self.preprocess(shown), readers, self.channels_last)[self.layer].cpu()


@dataclass(frozen=True)
class LayerLabeller:
    """Classifies images by the labels of the units of a network's last layer."""

    name: str
    labels: tuple[str, ...]
    network: nn.Module
    preprocess: Callable[[Tensor], Tensor]
    layer: str

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """The indices into ``labels`` (k,) int64, on the CPU, of images (k, 3, h, w) uint8."""
        shown = images.to(_device(self.network)).float() / 255
        logits = capture(self.network, self.preprocess(shown), {self.layer: _pooled})[self.layer]
        return logits[:, : len(self.labels)].argmax(dim=1).cpu()


def _pooled(layer: LayerOutput) -> Tensor:
    output = layer.output
    if output.dim() == _MAP:
        return output.mean(dim=(2, 3))
    return output.mean(dim=1) if output.dim() == _TOKENS else output.flatten(1)


def _device(network: nn.Module) -> torch.device:
    weights = next(network.parameters(), None)
    return torch.device("cpu") if weights is None else weights.device
