"""Velocities of a flow: networks that say where a point moves at a time between 0 and 1."""

import math
from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

FREQUENCIES = 8  # of the time's embedding
_GROUPS = 8  # of channels that are normalised together
N = TypeVar("N", bound=nn.Module)


class Velocity(nn.Module):
    """The velocity v(x, t) of coordinates, a residual network: (k, m) and (k,) to (k, m)."""

    def __init__(self, axes: int, width: int, depth: int) -> None:
        super().__init__()
        self.axes = axes
        self.first = nn.Linear(axes + 2 * FREQUENCIES, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 1))
        self.last = nn.Linear(width, axes)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    @classmethod
    def of_state(cls, state: Mapping[str, Tensor]) -> "Velocity":
        """The velocity with these weights."""
        width, inputs = state["first.weight"].shape
        depth = 1 + sum(name.startswith("hidden.") and name.endswith("weight") for name in state)
        return _loaded(cls(inputs - 2 * FREQUENCIES, width, depth), state)

    def forward(self, places: Tensor, times: Tensor) -> Tensor:
        values = nn.functional.silu(self.first(torch.cat([places, embedded(times)], dim=1)))
        for layer in self.hidden:
            values = values + nn.functional.silu(layer(values))
        velocity: Tensor = self.last(values)
        return velocity


class MapVelocity(nn.Module):
    """The velocity of codes that are maps, a small U-Net (Ronneberger et al. 2015): (k, units * h * w) and (k,) to the same.

    Two levels: the maps' own size and half of it, where every place attends to every other. A learnt map tells places apart: skies
    are above.
    """

    def __init__(self, shape: tuple[int, int, int], width: int, depth: int) -> None:
        """Build the network.

        Args:
            shape: units, height and width of a code; the latter are even.
            width: channels at the maps' own size, of which half of it has twice as many; a multiple of 8.
            depth: residual blocks on each level.
        """
        super().__init__()
        units, height, across = shape
        self.shape = shape
        self.place = nn.Parameter(torch.zeros(width, height, across))
        self.first = _Convolution(units, width)
        self.down = nn.ModuleList(_Block(width) for _ in range(depth))
        self.halve = _Convolution(width, 2 * width, stride=2)
        self.middle = nn.ModuleList(_Block(2 * width) for _ in range(depth))
        self.attend = _Attention(2 * width)
        self.enlarge = nn.Sequential(nn.Upsample(scale_factor=2), _Convolution(2 * width, width))
        self.join = _Convolution(2 * width, width)
        self.up = nn.ModuleList(_Block(width) for _ in range(depth))
        self.last = nn.Sequential(nn.GroupNorm(_GROUPS, width), nn.SiLU(), _Convolution(width, units))
        for values in self.last[-1].parameters():
            nn.init.zeros_(values)

    @classmethod
    def of_state(cls, state: Mapping[str, Tensor]) -> "MapVelocity":
        """The velocity with these weights."""
        width, height, across = state["place"].shape
        depth = sum(name.startswith("down.") and name.endswith("time.weight") for name in state)
        return _loaded(cls((state["last.2.weight"].shape[0], height, across), width, depth), state)

    def forward(self, places: Tensor, times: Tensor) -> Tensor:
        seen = embedded(times)
        own = self.first(places.unflatten(1, self.shape)) + self.place
        for block in self.down:
            own = block(own, seen)
        half = self.halve(own)
        for block in self.middle:
            half = block(half, seen)
        half = self.attend(half)
        own = self.join(torch.cat([own, self.enlarge(half)], dim=1))
        for block in self.up:
            own = block(own, seen)
        velocity: Tensor = self.last(own)
        return velocity.flatten(1)


class _Convolution(nn.Linear):
    """A convolution of 3 x 3 as a product of matrices, whose rounding in one map does not depend on the others of the batch."""

    def __init__(self, inner: int, outer: int, stride: int = 1) -> None:
        super().__init__(9 * inner, outer)
        self.stride = stride

    def forward(self, maps: Tensor) -> Tensor:
        height, across = (side // self.stride for side in maps.shape[2:])
        patches = nn.functional.unfold(maps, 3, padding=1, stride=self.stride).transpose(1, 2)
        result: Tensor = super().forward(patches).transpose(1, 2).unflatten(2, (height, across))
        return result


class _Block(nn.Module):
    """Two convolutions beside a shortcut; the time shifts what is between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(_GROUPS, width), nn.GroupNorm(_GROUPS, width)
        self.conv1, self.conv2 = _Convolution(width, width), _Convolution(width, width)
        self.time = nn.Linear(2 * FREQUENCIES, width)
        for values in self.conv2.parameters():
            nn.init.zeros_(values)

    def forward(self, maps: Tensor, seen: Tensor) -> Tensor:
        values = self.conv1(nn.functional.silu(self.norm1(maps))) + self.time(seen)[:, :, None, None]
        result: Tensor = maps + self.conv2(nn.functional.silu(self.norm2(values)))
        return result


class _Attention(nn.Module):
    """Each place of a map attends to all others, beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.queries = nn.GroupNorm(_GROUPS, width), nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        for values in self.out.parameters():
            nn.init.zeros_(values)

    def forward(self, maps: Tensor) -> Tensor:
        queries, keys, values = self.queries(self.norm(maps).flatten(2).transpose(1, 2)).chunk(3, dim=2)
        shares = (queries @ keys.transpose(1, 2) / math.sqrt(queries.shape[2])).softmax(dim=2)
        seen = self.out(shares @ values).transpose(1, 2).unflatten(2, maps.shape[2:])
        result: Tensor = maps + seen
        return result


def embedded(times: Tensor) -> Tensor:
    """Times (k,) in 0..1 as sines and cosines: (k, 2 * FREQUENCIES)."""
    angles = times[:, None] * math.pi * torch.arange(1, FREQUENCIES + 1).to(times)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def _loaded(network: N, state: Mapping[str, Tensor]) -> N:
    network.load_state_dict({name: value.float() for name, value in state.items()})
    return network
