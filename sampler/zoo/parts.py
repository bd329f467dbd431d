"""The parts of a custom bundle: a network and a generator, each with its own description."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from inverset.sampler.bundle import Painting
from inverset.sampler.directions import Directions

Size = tuple[int, int]  # height, width, in pixels


@dataclass(frozen=True)
class Network:
    """f, or E, as loaded: frozen, in evaluation mode, on the CPU."""

    module: nn.Module
    preprocess: Callable[
        [Tensor], Tensor
    ]  # RGB (k, 3, any height, any width) in [0, 1] -> the module's input
    size: Size  # of the images that it was made for
    sha256: str  # of what it was loaded from
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # layer -> names of its units
    encoder: str | None = None  # a layer that serves as E where none is named
    channels_last: frozenset[str] = frozenset()  # layers whose maps are (k, h, w, units)
    # Layer -> file -> directions in it; not part of sha256, each file has its own.
    directions: Mapping[str, Mapping[str, Directions]] = field(default_factory=dict)
    trained: bool = True  # False: its weights are drawn at random, wholly or in part


@dataclass(frozen=True)
class Prior:
    """The distribution of codes before any image was seen: independent normal entries."""

    mean: Tensor  # (d,)
    scales: Tensor  # (d,) standard deviations, all above 0


@dataclass(frozen=True)
class Generator:
    """G as loaded: frozen, in evaluation mode, on the CPU."""

    module: nn.Module  # codes (k, d) -> RGB images (k, 3, height, width), nominally in [0, 1], differentiable
    code: tuple[int, ...]  # the shape of one code as the module folds it; d is its product
    size: Size  # of what it paints
    prior: Prior
    sha256: str  # of what it was loaded from
    floor: float | None = None  # lower bound of a code's entries
    ceiling: float | None = None  # upper bound
    # The layer of the network whose flattened output is the code; None: of no layer.
    inverts: str | None = None
    # RGB (k, 3, h, w) in [0, 1] -> codes (k, d), if it came with one.
    encode: Callable[[Tensor], Tensor] | None = None
    painting: Painting | None = None  # its error on held-out images; None: it was not measured
    learnt: bool = True  # whether it was taught by images; what it paints may otherwise look like nothing
