"""The network that maps codes to images: a first map, then doublings, then colours."""

import math
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, cat, nn

from inverset.sampler.zoo.parts import Size

_WIDTHS = (64, 96, 128, 192, 256, 384)  # channels, from maps of half the image's side downwards
_SMALLEST, _LARGEST = 4, 16  # shorter side of the first map that a flat code becomes
_FEWEST = 2  # pixels of the first map's shorter side


class Growth(NamedTuple):
    """The sizes of the maps, from the first one to the image."""

    first: Size
    widths: tuple[int, ...]  # of the maps, the first one's first; each is twice as large as the one before
    doubled: bool  # whether the last map is half as large as the image


class Inverter(nn.Module):
    """G: maps codes (k, d) to RGB images (k, 3, height, width), nominally in [0, 1].

    The last doubling is a rearrangement of channels: a full layer of maps as large as the image would cost half of the time.
    """

    def __init__(self, code: tuple[int, ...], size: Size, blocks: int = 0) -> None:
        """Build the network for codes of the shape ``code``: (units,), (units, h, w), or (tokens, units).

        Args:
            code: the shape.
            size: of the images.
            blocks: residual blocks on each map.

        Raises:
            ValueError: no whole number of doublings leads to images of that size.
        """
        super().__init__()
        growth = _growth(code, size)
        self.seed = _seed(code, growth)
        stages: list[nn.Module] = [Residual(growth.widths[0]) for _ in range(blocks)]
        for inner, outer in pairwise(growth.widths):
            stages += [nn.ConvTranspose2d(inner, outer, 4, 2, 1), nn.ReLU()]
            stages += [Residual(outer) for _ in range(blocks)]
        self.grow = nn.Sequential(*stages)
        last, colours = growth.widths[-1], 12 if growth.doubled else 3
        self.paint = nn.Sequential(nn.Conv2d(last, 48, 3, 1, 1), nn.ReLU(), nn.Conv2d(48, colours, 3, 1, 1))
        if growth.doubled:
            self.paint.append(nn.PixelShuffle(2))

    def forward(self, codes: Tensor) -> Tensor:
        """The images of these codes."""
        painted: Tensor = self.paint(self.grow(self.seed(codes)))
        return painted + 0.5


class Residual(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016), which add nothing before they have learnt."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1)
        for values in self.conv2.parameters():
            nn.init.zeros_(values)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (k, width, h, w) of the same shape."""
        result: Tensor = maps + self.conv2(self.conv1(maps).relu())
        return result


class Tokens(nn.Module):
    """Maps flattened codes of (tokens, units) to maps: the last square of tokens in place, the tokens before it at every position."""

    def __init__(self, tokens: int, units: int) -> None:
        super().__init__()
        self.side = math.isqrt(tokens)
        self.apart = tokens - self.side**2  # class and register tokens come first
        self.tokens, self.units = tokens, units
        self.channels = units * (1 + self.apart)

    def forward(self, codes: Tensor) -> Tensor:
        """The maps (k, channels, side, side) of these codes."""
        apart, placed = codes.view(-1, self.tokens, self.units).split([self.apart, self.side**2], dim=1)
        maps: Tensor = placed.transpose(1, 2).unflatten(2, (self.side, self.side))
        if self.apart == 0:
            return maps
        everywhere = apart.flatten(1)[:, :, None, None].expand(-1, -1, self.side, self.side)
        folded: Tensor = cat([maps, everywhere], dim=1)
        return folded


def _seed(code: tuple[int, ...], growth: Growth) -> nn.Sequential:
    """The layer from codes (k, d) to the first map."""
    height, width = growth.first
    channels = growth.widths[0]
    if len(code) == 1:
        flat = nn.Linear(code[0], channels * height * width)
        return nn.Sequential(flat, nn.ReLU(), nn.Unflatten(1, (channels, height, width)))
    fold = Tokens(*code) if len(code) == 2 else nn.Unflatten(1, code)
    units = fold.channels if isinstance(fold, Tokens) else code[0]
    layers: list[nn.Module] = [fold, nn.Conv2d(units, channels, 3, 1, 1), nn.ReLU()]
    if _map(code) != growth.first:
        layers.append(nn.Upsample(growth.first, mode="bilinear"))
    return nn.Sequential(*layers)


def _map(code: tuple[int, ...]) -> Size:
    """The size of a code's own map."""
    return (math.isqrt(code[0]),) * 2 if len(code) == 2 else (code[1], code[2])


def _growth(code: tuple[int, ...], size: Size) -> Growth:
    """The doublings for which the first map is about as large as the code's own, or small if the code has none."""
    shorter = min(size)
    smallest = _SMALLEST if len(code) == 1 else min(_map(code))
    times = (
        max(0, round(math.log2(shorter / smallest)))
        if len(code) > 1
        else int(math.log2(max(1, shorter / smallest)))
    )
    while times and (any(side % 2**times for side in size) or shorter // 2**times < _FEWEST):
        times -= 1
    first = (size[0] // 2**times, size[1] // 2**times)
    if len(code) == 1 and min(first) > _LARGEST:
        raise ValueError(
            f"images of {size[0]} x {size[1]} cannot be halved often enough: paint multiples of 32, as "
            f"{' x '.join(map(str, _nearest_sizes(size)))}"
        )
    maps = max(1, times)  # the last doubling needs no map of its own
    return Growth(
        first, tuple(_WIDTHS[min(step, len(_WIDTHS) - 1)] for step in reversed(range(maps))), times > 0
    )


def paintable(code: tuple[int, ...], size: Size) -> Size:
    """The size itself if codes of that shape allow it, else the nearest multiples of 32."""
    try:
        _growth(code, size)
    except ValueError:
        return _nearest_sizes(size)
    return size


def _nearest_sizes(size: Size) -> Size:
    height, width = (max(32, round(side / 32) * 32) for side in size)
    return height, width
