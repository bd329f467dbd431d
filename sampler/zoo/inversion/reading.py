"""What any network reads of images on the way to the layer that is to be inverted; gradients pass."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import torch
from torch import Tensor, nn

from contract.hints import did_you_mean
from sampler.zoo.errors import ZooError
from sampler.zoo.inversion.losses import Reading
from sampler.zoo.parts import Network, Size

_COMPARED = 4  # layers whose activations count as the look of a picture, as in `scenes`
_ACTIVATIONS = (nn.ReLU, nn.GELU, nn.SiLU, nn.LeakyReLU, nn.ELU, nn.Hardswish)


class _Enough(Exception):  # the early way out of a forward pass
    pass


class Reader:
    """A network up to one layer: images (k, 3, h, w) in [0, 1] to a Reading, whose codes are the layer's flattened output."""

    def __init__(self, network: Network, layer: str, size: Size) -> None:
        """Look at the layers once.

        Args:
            network: which is not changed.
            layer: by its module path.
            size: of the images that it will be shown.

        Raises:
            ZooError: there is no such layer, or nothing that it says of one image can be inverted.
        """
        self._network, self._layer = network, layer
        known = [name for name, _ in network.module.named_modules() if name]
        if layer not in known:
            raise ZooError(f"the network has no layer {layer!r}; {did_you_mean(layer, known)}")
        seen: dict[str, Tensor] = {}
        with torch.no_grad(), _watching(network.module, known, seen, last=layer):
            network.module(network.preprocess(torch.full((1, 3, *size), 0.5, device=self.device)))
        if layer not in seen or not seen[layer].is_floating_point() or seen[layer].dim() not in {2, 3, 4}:
            raise ZooError(f"{layer} says nothing of one image that could be inverted")
        self.shape = _folded(seen[layer], layer in network.channels_last)
        self.looks = _compared(
            [name for name in seen if name != layer and seen[name].dim() > 2], network.module
        )

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return next(self._network.module.parameters()).device

    def __call__(self, images: Tensor) -> Reading:
        """Run the network as far as is needed."""
        seen: dict[str, Tensor] = {}
        with _watching(self._network.module, (*self.looks, self._layer), seen, last=self._layer):
            self._network.module(self._network.preprocess(images))
        return Reading(tuple(seen[name] for name in self.looks), seen[self._layer].flatten(1))


def _folded(output: Tensor, channels_last: bool) -> tuple[int, ...]:  # noqa: FBT001
    """The shape of one code: (units,), (tokens, units), or (units, h, w)."""
    shape = tuple(output.shape[1:])
    if len(shape) == 3 and channels_last:
        return (shape[0] * shape[1], shape[2])
    return shape[:1] if shape[1:] == (1, 1) else shape


def _compared(names: Sequence[str], module: nn.Module) -> tuple[str, ...]:
    """Of the layers on the way, a few, evenly spread; those that are activations, if there are so many."""
    leaves = [name for name in names if not any(module.get_submodule(name).children())]
    active = [name for name in leaves if isinstance(module.get_submodule(name), _ACTIVATIONS)]
    among = active if len(active) >= _COMPARED else leaves
    if len(among) <= _COMPARED:
        return tuple(among)
    return tuple(among[round(place * (len(among) - 1) / (_COMPARED - 1))] for place in range(_COMPARED))


@contextmanager
def _watching(module: nn.Module, names: Sequence[str], seen: dict[str, Tensor], last: str) -> Iterator[None]:
    """Keep the first output of each named layer, and leave the network after the last."""

    def keep(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                seen.setdefault(name, output)
            if name == last:
                raise _Enough

        return hook

    handles = [module.get_submodule(name).register_forward_hook(keep(name)) for name in names]
    try:
        with suppress(_Enough):
            yield
    finally:
        for handle in handles:
            handle.remove()
