"""Reads layers of a network while it computes, by hooks: works for whatever can be called, traceable or not."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

INPUT = "<"  # behind a layer's name: what goes into it
_MAP = 4  # dimensions of what a layer of maps says of a batch
T = TypeVar("T")

_calls: "WeakKeyDictionary[nn.Module, dict[str, int]]" = WeakKeyDictionary()  # of layers, in one pass


class Said(NamedTuple):
    """What a layer said of a batch."""

    output: Tensor  # (k, units), tokens (k, t, units) or maps (k, units, h, w)
    before: Tensor | None  # what a ReLU rectified, of the same shape; None of every other layer


class _DeepestReached(BaseException):  # no error, and no network's own `except Exception` may keep it
    pass


class LayerNotReached(ValueError):
    """A layer that said nothing in a pass, or nothing that is a tensor."""


def observe(
    network: nn.Module,
    inputs: Tensor,
    wanted: Mapping[str, Callable[[Said], T]],
    channels_last: Collection[str] = (),
) -> dict[str, T]:
    """Run a network once, up to the deepest wanted layer, and read each as its function says.

    A layer is a module's path, ``PATH<`` what goes into it. Of a tuple, list or dictionary the first tensor counts. Of a module
    that is called several times in a pass the last call counts; how often that is, the first whole pass tells. What was read is
    not altered by layers that work in place. Maps (k, h, w, units) of the layers in ``channels_last`` are read as (k, units, h, w).

    Raises:
        LayerNotReached: a wanted layer took no part in the pass.
    """
    found: dict[str, T] = {}
    with _watching(network, wanted, channels_last, found) as seen, suppress(_DeepestReached):
        network(inputs)
        _calls.setdefault(network, {}).update({name: seen[name] for name in wanted})
    if missing := [name for name in wanted if name not in found]:
        raise LayerNotReached(f"{', '.join(missing)}: no tensor comes out there when the network is run")
    return found


@contextmanager
def _watching(
    network: nn.Module,
    wanted: Mapping[str, Callable[[Said], T]],
    channels_last: Collection[str],
    found: dict[str, T],
) -> Iterator[Counter[str]]:
    """Count the wanted layers' calls and read them, and leave the network once it called all of them as often as it does."""
    known, seen, left = _calls.get(network, {}), Counter[str](), set(wanted)

    def keep(name: str, output: Tensor | None, before: Tensor | None) -> None:
        seen[name] += 1
        if seen[name] == known.get(name):
            left.discard(name)
        if output is not None:
            if name.removesuffix(INPUT) in channels_last and output.dim() == _MAP:
                output, before = output.movedim(-1, 1), None if before is None else before.movedim(-1, 1)
            # Nothing comes after the deepest layer that could alter what it said.
            found[name] = wanted[name](Said(output.clone() if left else output, before))
        if not left:
            raise _DeepestReached

    handles = [_hooked(network, name, keep) for name in wanted]
    try:
        yield seen
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
    rectifies = isinstance(layer, nn.ReLU) and not layer.inplace  # in place, what was before is gone
    return layer.register_forward_hook(
        lambda _, args, said: keep(name, first_tensor(said), first_tensor(args) if rectifies else None)
    )


def first_tensor(said: object) -> Tensor | None:
    """Of a tensor, tuple, list or mapping, however deep: the first tensor."""
    if isinstance(said, Tensor):
        return said
    inner = said.values() if isinstance(said, Mapping) else said if isinstance(said, tuple | list) else ()
    return next((found for each in inner if (found := first_tensor(each)) is not None), None)
