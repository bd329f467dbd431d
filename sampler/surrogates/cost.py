"""Counts the floating-point operations of functions of tensors."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


def operations(function: Callable[[Tensor], object], argument: Tensor) -> int:
    """The floating-point operations of one call, by the formulas of ``torch.utils.flop_counter``."""
    counter = _Counter()
    with torch.no_grad(), counter:
        function(argument)
    return counter.operations


class _Counter(TorchDispatchMode):
    """Sums the operations of all calls.

    ``FlopCounterMode`` also sums them by modules, but its first use imports torch's compiler, which takes more than a second in
    each process that samples.
    """

    def __init__(self) -> None:
        from torch.utils.flop_counter import flop_registry  # noqa: PLC0415 - seldom used

        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: int = 0
        self._formulas = flop_registry

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Never: torch would import its compiler only to exclude this mode from it."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result, formula = func(*args, **(kwargs or {})), self._formulas.get(func.overloadpacket)
        if formula is not None:
            self.operations += formula(*args, **(kwargs or {}), out_val=result)
        return result
