"""Computes rows in blocks of one size, so that a row's rounding does not depend on the number of rows."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

ROWS = 64  # of a block; the last is filled up with zeros


def by_blocks(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """The values (k, b) of ``function``, which maps (ROWS, a) to (ROWS, b), at rows (k, a)."""
    return torch.cat([_of_one(function, block) for block in rows.split(ROWS)])


def _of_one(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    count = len(rows)
    return function(nn.functional.pad(rows, (0, 0, 0, ROWS - count)))[:count]
