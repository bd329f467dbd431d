"""The generators of DeepSim (Dosovitskiy & Brox 2016), each the inverse of one CaffeNet layer, and PPGN's, with the layout of fc6's.

Source of the shapes: the published prototxt of fc6, fc7 and pool5; the converted torch networks of the others.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_LEAK = 0.3
_Modules = dict[str, nn.Module]


class Scaled(nn.Module):
    """Multiplies by a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, values: Tensor) -> Tensor:
        """The input times the constant."""
        return values * self.factor


@dataclass(frozen=True)
class Shape:
    """The layout of one member of the family."""

    code: tuple[int, ...]
    inverts: str  # the layer whose output is the code
    build: Callable[[], _Modules]
    mean: float  # of a code's entries
    deviation: float
    floor: float | None = 0.0
    ceiling: float | None = None  # PPGN's bound


def body(layer: str) -> nn.Sequential:
    """The network of ``FAMILY[layer]``, each layer with its original name, with weights on the meta device.

    Takes codes in their own shape and gives blue, green, red less the mean colour: (k, 3, 256, 256), or 240 for norm1 and norm2.
    """
    with torch.device("meta"):
        return nn.Sequential(OrderedDict(FAMILY[layer].build()))


def of_vector(length: int) -> _Modules:
    """The layers from a vector to 256x256, as for fc6, fc7 and fc8."""
    full = [("defc7", length), ("defc6", 4096), ("defc5", 4096)]
    layers = {name: nn.Linear(entries, 4096) for name, entries in full}
    return {**_leaky(layers), "reshape": nn.Unflatten(1, (256, 4, 4)), **_upward(256)}


def _of_pool5() -> _Modules:
    return {**_leaky(_first(256, (512, 3, 1), (512, 3, 1), (512, 3, 0))), **_upward(512)}


def _upward(channels: int) -> _Modules:
    """The layers from 4x4 to 256x256: six doublings, three of them followed by another layer, all transposed convolutions."""
    return _leaky(
        {
            "deconv5": _double(channels, 256),
            "conv5_1": _transposed(256, 512),
            "deconv4": _double(512, 256),
            "conv4_1": _transposed(256, 256),
            "deconv3": _double(256, 128),
            "conv3_1": _transposed(128, 128),
            "deconv2": _double(128, 64),
            "deconv1": _double(64, 32),
            "deconv0": _double(32, 3),
        },
        last=False,
    )


def _of_conv3_or_4() -> _Modules:
    """The layers for conv3 and conv4, which share one layout."""
    return {
        **_leaky(
            {
                **_first(384, (384, 3, 0), (512, 3, 0), (512, 2, 0)),
                "deconv5": _double(512, 256),
                "conv5_1": _transposed(256, 256),
                "deconv4": _double(256, 128),
                "conv4_1": _transposed(128, 128),
                "deconv3": _double(128, 128),
                "conv3_1": _transposed(128, 128),
                "deconv2": _double(128, 64),
                "conv2_1": nn.Conv2d(64, 32, 3, padding=1),
                "deconv1": _double(32, 16),
            }
        ),
        **_bounded(),
    }


def _of_norm(first: nn.Conv2d, rest: int) -> _Modules:
    return {
        **_leaky({"Rconv6": first, **_later(first.out_channels, (rest, 3, 1), (rest, 3, 1))}),
        **_leaky(
            {
                "deconv4": _double(128, 128),
                "conv4_1": nn.Conv2d(128, 128, 3, padding=1),
                "deconv3": _double(128, 64),
                "conv3_1": nn.Conv2d(64, 64, 3, padding=1),
                "deconv2": _double(64, 32),
                "conv2_1": nn.Conv2d(32, 32, 3, padding=1),
                "deconv1": _double(32, 16),
            },
            last=False,
        ),
        **_bounded(),
    }


def _bounded() -> _Modules:
    return {"conv1_1": nn.Conv2d(16, 3, 3, padding=1), "tanh": nn.Tanh(), "scaling": Scaled(255.0)}


def _first(channels: int, *layers: tuple[int, int, int]) -> _Modules:
    width, kernel, padding = layers[0]
    return {"Rconv6": nn.Conv2d(channels, width, kernel, padding=padding), **_later(width, *layers[1:])}


def _later(channels: int, *layers: tuple[int, int, int]) -> _Modules:
    modules: _Modules = {}
    for number, (width, kernel, padding) in enumerate(layers, 7):
        modules[f"Rconv{number}"] = nn.Conv2d(channels, width, kernel, padding=padding)
        channels = width
    return modules


def _double(inner: int, outer: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inner, outer, 4, stride=2, padding=1)


def _transposed(inner: int, outer: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inner, outer, 3, padding=1)


def _leaky(layers: Mapping[str, nn.Module], *, last: bool = True) -> _Modules:
    """The layers with a leaky rectifier after each, by its original name; after the last one only with ``last``."""
    modules: _Modules = {}
    for place, (name, layer) in enumerate(layers.items(), 1):
        modules[name] = layer
        if last or place < len(layers):
            modules[name.replace("conv", "relu") if name[0] == "R" else f"relu_{name}"] = nn.LeakyReLU(_LEAK)
    return modules


# Means and deviations are those of the layers over ImageNet, as far as the released ranges of activations tell them (mean + 1, 2, 3
# deviations, in whole numbers): Nguyen et al. 2016, act_range. None are known of conv4, norm1 and norm2: theirs are no more than a guess
# of the order, and measured ones should take their place.
FAMILY: Mapping[str, Shape] = {
    "norm1": Shape((96, 27, 27), "norm1", lambda: _of_norm(nn.Conv2d(96, 128, 3, 2, 2), 128), 5.0, 20.0),
    "norm2": Shape((256, 13, 13), "norm2", lambda: _of_norm(nn.Conv2d(256, 256, 3, 1, 2), 128), 5.0, 20.0),
    "conv3": Shape((384, 13, 13), "relu3", _of_conv3_or_4, 5.0, 20.0),
    "conv4": Shape((384, 13, 13), "relu4", _of_conv3_or_4, 5.0, 20.0),
    "pool5": Shape((256, 6, 6), "pool5", _of_pool5, 4.5, 12.5),
    "fc6": Shape((4096,), "relu6", lambda: of_vector(4096), 0.6, 3.74, ceiling=30.0),
    "fc6_eucl": Shape((4096,), "relu6", lambda: of_vector(4096), 0.6, 3.74, ceiling=30.0),
    "fc7": Shape((4096,), "relu7", lambda: of_vector(4096), 0.3, 1.1),
    "fc8": Shape((1000,), "fc8", lambda: of_vector(1000), -0.4, 3.0, floor=None),
}
