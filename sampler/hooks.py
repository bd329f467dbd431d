"""Captures outputs of layers during a forward pass by hooks, for any module, traceable or not."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

INPUT = "<"  # behind a layer's name: what goes into it
_MAP = 4  # dimensions of a batch of maps
T = TypeVar("T")

# Network -> layer -> how often a forward pass calls it.
_calls: "WeakKeyDictionary[nn.Module, dict[str, int]]" = WeakKeyDictionary()


class LayerOutput(NamedTuple):
    """A layer's output for a batch."""

    output: Tensor  # (k, units), tokens (k, t, units) or maps (k, units, h, w)
    before: Tensor | None  # what a ReLU rectified, of the same shape; None of every other layer


class _DeepestReached(BaseException):  # no error, and no network's own `except Exception` may keep it
    pass


class LayerNotReached(ValueError):
    """A layer that is not called in a forward pass, or whose output holds no tensor."""


def capture(
    network: nn.Module,
    inputs: Tensor,
    readers: Mapping[str, Callable[[LayerOutput], T]],
    channels_last: Collection[str] = (),
) -> dict[str, T]:
    """Run a network once, up to the deepest of some layers, and return what ``readers`` make of their outputs, by layer.

    A layer is a module's path; ``PATH<`` is its input. Of a tuple, list or dictionary the first tensor counts. Of a module that is
    called several times in a pass the last call counts; the first whole pass tells how often that is. Layers that work in place do
    not alter what was captured. Maps (k, h, w, units) of layers in ``channels_last`` are passed on as (k, units, h, w).

    Raises:
        LayerNotReached: a layer is not called in the pass.
    """
    read: dict[str, T] = {}
    with _capturing(network, readers, channels_last, read) as calls, suppress(_DeepestReached):
        network(inputs)
        _calls.setdefault(network, {}).update({name: calls[name] for name in readers})
    if missing := [name for name in readers if name not in read]:
        raise LayerNotReached(f"{', '.join(missing)}: this layer gives no tensor when the network runs")
    return read


@contextmanager
def _capturing(
    network: nn.Module,
    readers: Mapping[str, Callable[[LayerOutput], T]],
    channels_last: Collection[str],
    read: dict[str, T],
) -> Iterator[Counter[str]]:
    """Count calls of the layers and read their outputs; leave the network once all were called as often as in a whole pass."""
    usual, calls, remaining = _calls.get(network, {}), Counter[str](), set(readers)

    def keep(name: str, output: Tensor | None, before: Tensor | None) -> None:
        calls[name] += 1
        if calls[name] == usual.get(name):
            remaining.discard(name)
        if output is not None:
            if name.removesuffix(INPUT) in channels_last and output.dim() == _MAP:
                output, before = output.movedim(-1, 1), None if before is None else before.movedim(-1, 1)
            # Nothing comes after the deepest layer that could alter its output.
            read[name] = readers[name](LayerOutput(output.clone() if remaining else output, before))
        if not remaining:
            raise _DeepestReached

    handles = [_hooked(network, name, keep) for name in readers]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def _hooked(
    network: nn.Module, name: str, keep: Callable[[str, Tensor | None, Tensor | None], None]
) -> RemovableHandle:
    layer = network.get_submodule(name.removesuffix(INPUT))
    if name.endswith(INPUT):
        return layer.register_forward_pre_hook(
            lambda _, args, kwargs: keep(name, first_tensor((args, kwargs)), None), with_kwargs=True
        )
    rectifies = isinstance(layer, nn.ReLU) and not layer.inplace  # an in-place ReLU overwrites its input
    return layer.register_forward_hook(
        lambda _, args, output: keep(name, first_tensor(output), first_tensor(args) if rectifies else None)
    )


def first_tensor(output: object) -> Tensor | None:
    """The first tensor in a tensor, tuple, list or mapping, at any depth; None if there is none."""
    if isinstance(output, Tensor):
        return output
    inner = (
        output.values() if isinstance(output, Mapping) else output if isinstance(output, tuple | list) else ()
    )
    return next((read for part in inner if (read := first_tensor(part)) is not None), None)
