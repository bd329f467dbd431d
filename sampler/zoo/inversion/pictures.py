"""The images that an inverter is trained on, and the held-out images that it is evaluated on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

_HELD_OUT, _MOST_HELD_OUT = 0.1, 500
_REMEMBERED = 2**31  # bytes; more is read again each time


class Images(Protocol):
    """Images by number."""

    def __len__(self) -> int: ...

    def read(self, rows: Sequence[int]) -> Tensor:
        """The images with these numbers: (len, 3, h, w) uint8, all of one size."""
        ...


class Split(NamedTuple):
    """The numbers of the training and held-out images."""

    training: Tensor
    held_out: Tensor


def split(count: int) -> Split:
    """The split of ``count`` images: a tenth is held out, at most 500; the same split for the same count.

    Raises:
        ValueError: there are fewer than two.
    """
    if count < 2:
        raise ValueError("training needs at least two images: one to train on and one to test on")
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    out = min(_MOST_HELD_OUT, max(1, round(count * _HELD_OUT)))
    return Split(order[out:], order[:out])


@dataclass
class CachedImages:
    """A cache of decoded images, as far as they fit into memory."""

    images: Images
    _kept: dict[int, Tensor] = field(default_factory=dict)
    _bytes: int = 0

    def read(self, rows: Sequence[int]) -> Tensor:
        """The images with these numbers, as from ``Images.read``."""
        missing = sorted({row for row in rows if row not in self._kept})
        fresh = dict(zip(missing, self.images.read(missing), strict=True)) if missing else {}
        for row, image in fresh.items():
            if self._bytes + image.numel() <= _REMEMBERED:
                self._kept[row] = image.clone()
                self._bytes += image.numel()
        return torch.stack([fresh[row] if row in fresh else self._kept[row] for row in rows])


def unit(images: Tensor, device: torch.device) -> Tensor:
    """The bytes as numbers in [0, 1]."""
    return images.to(device).float() / 255
