"""What is done with every family's weights: they are made the same at each load, and float32."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.networks.loaded import Loaded

_UNTRAINED = ("torchvision", "timm")  # families that draw weights at random where none are named
_NARROW = (torch.float16, torch.bfloat16, torch.float64)


@contextmanager
def seeded(seed: int = 0) -> Iterator[None]:
    """Make the weights that torch draws in the block the same each time, and restore the random generator afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def made(family: str, load: Callable[[], Loaded], *, named: bool) -> tuple[Loaded, bool]:
    """A network as its family loads it, and whether it was trained, as far as that is known.

    Args:
        family: as sources begin with.
        load: loads the network.
        named: whether weights were named in the entry. Where none were, a factory may draw them at random or bring them: it is
            called twice, with two seeds, and what it drew at random differs.
    """
    with seeded():
        loaded = load()
    if named or family not in {*_UNTRAINED, "factory"}:
        return loaded, True
    if family in _UNTRAINED:
        return loaded, False
    with seeded(1):
        other = load()
    return loaded, _is_same(loaded.module, other.module)


def _is_same(one: nn.Module, other: nn.Module) -> bool:
    mine, theirs = one.state_dict(), other.state_dict()
    return all(name in theirs and torch.equal(value, theirs[name]) for name, value in mine.items())


def in_float32(module: nn.Module) -> nn.Module:
    """The network with all floating-point numbers in float32, like its input images. Raises BadEntry for TorchScript."""
    if any(isinstance(layer, torch.jit.ScriptModule) for layer in module.modules()):
        raise BadEntry(
            "the network is TorchScript, whose layers cannot be read; give the nn.Module that it was made from, or export that module "
            "with torch.export.save"
        )
    return module.float()


def narrow(module: nn.Module) -> str | None:
    """The floating-point type in which a network computes, if it is not float32."""
    types = {value.dtype for value in (*module.parameters(), *module.buffers())}
    return next((str(kind).removeprefix("torch.") for kind in _NARROW if kind in types), None)
