"""What functions of tensors cost."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


def operations(function: Callable[[Tensor], object], argument: Tensor) -> int:
    """Floating-point operations of one call, by the formulas of ``torch.utils.flop_counter``."""
    counter = _Counter()
    with torch.no_grad(), counter:
        function(argument)
    return counter.operations


class _Counter(TorchDispatchMode):
    """Sums the operations of what is called.

    ``FlopCounterMode`` tells them by modules as well, but its first use imports torch's compiler: more than a second for each
    process that samples.
    """

    def __init__(self) -> None:
        from torch.utils.flop_counter import flop_registry  # noqa: PLC0415 - seldom used

        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: int = 0
        self._formulas = flop_registry

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Whether to import the compiler, only to keep it from what is done here."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        found, formula = func(*args, **(kwargs or {})), self._formulas.get(func.overloadpacket)
        if formula is not None:
            self.operations += formula(*args, **(kwargs or {}), out_val=found)
        return found
