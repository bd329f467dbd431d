"""The result of each family of networks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import nn

from inverset.sampler.zoo.networks.preprocessing import Preprocessing


@dataclass(frozen=True)
class Loaded:
    """A network with its family's knowledge of it; an entry's own settings take precedence."""

    module: nn.Module
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # layer -> names of its units
    channels_last: tuple[str, ...] = ()  # layers, as shell patterns, whose maps are (k, h, w, c)


def head(module: nn.Module, units: int) -> str | None:
    """The layer that gives the classes: the last linear or convolutional one with this many units."""
    candidates = [
        name
        for name, layer in module.named_modules()
        if getattr(layer, "out_features", getattr(layer, "out_channels", None)) == units
    ]
    return candidates[-1] if candidates else None
