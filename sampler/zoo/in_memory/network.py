"""A network that the caller holds, as f: a copy that shares its weights, so that the caller's object is never changed."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.in_memory import structure
from inverset.sampler.zoo.in_memory.preprocessing import Fed
from inverset.sampler.zoo.networks import weights
from inverset.sampler.zoo.networks.content import sha256
from inverset.sampler.zoo.networks.labels import distinct, labels_of
from inverset.sampler.zoo.networks.loaded import head
from inverset.sampler.zoo.parts import Network

_NAMED = 3  # layers in a message
Labels = Sequence[str] | Mapping[str, Sequence[str]]


def network(module: nn.Module, fed: Fed, labels: Labels = (), channels_last: Sequence[str] = ()) -> Network:
    """A frozen copy of a network, on the network's own device.

    Args:
        module: in evaluation mode, on one device.
        fed: what happens to an image before the network sees it.
        labels: layer -> names of its units; a list alone names the units of the last layer that has as many.
        channels_last: layers, as shell patterns, whose maps are (k, h, w, units).

    Raises:
        BadEntry: it is in training mode, lies on several devices, is TorchScript or cannot be copied, or labels fit no layer.
    """
    check_mode(module, "the network")
    made = networks.frozen(weights.in_float32(shared(module, "the network")))
    named = labels_of(_by_layer(made, labels), made, Path())
    return Network(
        module=made,
        preprocess=fed,
        size=fed.size,
        sha256=sha256(f"in memory\n{structure.of_module(module)}", made, fed),
        labels={layer: distinct(names) for layer, names in named.items()},
        channels_last=networks.channels_last(made, channels_last),
    )


def check_mode(module: nn.Module, what: str) -> None:
    """Raises BadEntry where a module, or a part of it, is in training mode."""
    if module.training:
        raise BadEntry(
            f"{what} is in training mode, in which its output depends on more than one image; call .eval() on it"
        )
    if some := [name for name, layer in module.named_modules() if layer.training]:
        more = f" and {len(some) - _NAMED} more" if len(some) > _NAMED else ""
        raise BadEntry(f"{', '.join(some[:_NAMED])}{more} of {what} are in training mode; call .eval() on it")


def device_of(module: nn.Module) -> torch.device:
    """The device of a module's weights; the CPU if it has none. Raises BadEntry where they lie on several devices."""
    devices = {str(tensor.device) for tensor in (*module.parameters(), *module.buffers())}
    if len(devices) > 1:
        raise BadEntry(f"the network lies on several devices ({', '.join(sorted(devices))}); move it to one")
    return torch.device(next(iter(devices), "cpu"))


def shared(module: nn.Module, what: str) -> nn.Module:
    """A copy whose parameters and buffers share the memory of the module's own, and need no gradients.

    Raises:
        BadEntry: it cannot be copied.
    """
    memo: dict[int, Tensor] = {
        id(tensor): nn.Parameter(tensor.detach(), requires_grad=False) for tensor in module.parameters()
    }
    memo |= {id(tensor): tensor.detach() for tensor in module.buffers()}
    try:
        return copy.deepcopy(module, memo)
    except Exception as error:
        raise BadEntry(f"{what} cannot be copied (copy.deepcopy): {error}") from error


def versions(module: nn.Module) -> tuple[int, ...]:
    """Numbers that change when weights are modified in place, as an optimizer or ``load_state_dict`` does."""
    every = (*module.parameters(), *module.buffers())
    return tuple(
        0 if tensor.is_inference() else tensor._version  # noqa: SLF001 - PyTorch has no other name for it
        for tensor in every
    )


def _by_layer(module: nn.Module, labels: Labels) -> Mapping[str, Sequence[str]]:
    if isinstance(labels, Mapping):
        return labels
    if not labels:
        return {}
    layer = head(module, len(labels))
    if layer is None:
        raise BadEntry(f"labels: there are {len(labels)} names, and no layer has as many units")
    return {layer: labels}
