"""What functions of tensors cost."""

from collections.abc import Callable

import torch
from torch import Tensor


def operations(function: Callable[[Tensor], object], argument: Tensor) -> int:
    """Floating-point operations of one call."""
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415 - imports much, and is seldom used

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        function(argument)
    return int(counter.get_total_flops())
