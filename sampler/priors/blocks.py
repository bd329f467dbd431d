"""Rows computed in blocks of one size, so that a row's rounding does not depend on how many others there are."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

ROWS = 64  # of a block; the last is filled up with zeros


def by_blocks(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """``function``, which maps (ROWS, a) to (ROWS, b), of rows (k, a): (k, b)."""
    return torch.cat([_of_one(function, some) for some in rows.split(ROWS)])


def _of_one(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    count = len(rows)
    return function(nn.functional.pad(rows, (0, 0, 0, ROWS - count)))[:count]
