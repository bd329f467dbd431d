"""Networks made by installed code: ``factory:package.module:function``, with a file of weights."""

from importlib import import_module
from pathlib import Path

from torch import nn
from torch.nn.parameter import is_lazy

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.networks.checkpoints import fill
from inverset.sampler.zoo.networks.entry import NetworkEntry
from inverset.sampler.zoo.networks.loaded import Loaded


def load(place: str, entry: NetworkEntry, folder: Path) -> Loaded:
    """The module that ``function()`` returns, with the weights of a file in ``folder``.

    This imports and runs code: only what an admin has installed where the worker runs, never something that came with the
    weights. Without a file of weights the network stays as the function made it.

    Raises:
        BadEntry: there is no such function, or it makes no network.
        BadFile: the file is not of this network.
    """
    made = _function(place)()
    if not isinstance(made, nn.Module):
        raise BadEntry(f"{place} makes a {type(made).__name__}, not a torch.nn.Module")
    if entry.weights is not None:
        fill(made, folder, entry.weights)
    if any(is_lazy(tensor) for tensor in (*made.parameters(), *made.buffers())):
        raise BadEntry(
            f"{place} makes a network with lazy layers; run it once on an image before it is returned"
        )
    return Loaded(made)


def _function(place: str) -> type[nn.Module]:
    name, _, function = place.partition(":")
    try:
        module = import_module(name)
    except (ImportError, ValueError) as error:
        raise BadEntry(f"factory:{place} needs {name!r} installed where this runs: {error}") from None
    if not callable(made := getattr(module, function or "", None)):
        offered = [
            attribute for attribute, value in vars(module).items() if callable(value) and attribute[0] != "_"
        ]
        hint = did_you_mean(function, offered) if offered else "it has none"
        raise BadEntry(f"{name} has no function {function!r}; {hint}")
    return made  # type: ignore[no-any-return]
