"""Reads weights from files and loads them into networks, layer by layer, by name."""

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from inverset.sampler.zoo.caffe import caffemodel
from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.networks.state import look_at_records, look_at_storage

CAFFEMODEL = ".caffemodel"
TORCH = frozenset({".pt", ".pth"})
_LAYERS = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
_WRAPPED = ".1."  # some converted files have a layer within a list
_SHOWN = 4
_SAID = 200  # characters of untrusted text, at most


def read(path: Path) -> caffemodel.Layers:
    """The layers of a .caffemodel, or of a state dictionary saved by torch (.pt, .pth); no code in the file is run.

    Raises:
        BadFile: it cannot be read as such.
    """
    if path.suffix in TORCH:
        return _of_torch(path)
    if path.suffix != CAFFEMODEL:
        raise BadFile(f"{path} is neither a {CAFFEMODEL} nor a converted {' or '.join(sorted(TORCH))}")
    return caffemodel.read(path)


def sha256(path: Path) -> str:
    """The SHA-256 of a file. Raises BadFile where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}") from error


def fill(network: nn.Sequential, layers: caffemodel.Layers, path: Path) -> nn.Sequential:
    """Load the weights of every layer by its name, and freeze the network; other layers of the file are ignored.

    The network may lie on the meta device. Axes of length 1 before a blob's own, as older files have them, do not matter.

    Raises:
        BadFile: a layer is missing, has another shape, or has values that are not numbers.
    """
    state: dict[str, Tensor] = {}
    for name, module in network.named_children():
        if isinstance(module, _LAYERS):
            state.update(_state(name, module, layers, path))
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(requires_grad=False)


def _state(
    name: str, module: nn.Module, layers: caffemodel.Layers, path: Path
) -> Iterator[tuple[str, Tensor]]:
    if name not in layers:
        near = difflib.get_close_matches(name, layers, n=_SHOWN) or list(layers)[:_SHOWN]
        raise BadFile(f"{path} has no weights of a layer {name!r}; it has {', '.join(near)[:_SAID]} ...")
    parameters = dict(module.named_parameters())
    if len(layers[name]) != len(parameters):
        raise BadFile(f"{path}: {name} has {len(layers[name])} blobs, it should have {len(parameters)}")
    for (entry, parameter), blob in zip(parameters.items(), layers[name], strict=True):
        if _without_ones(blob) != _without_ones(parameter):
            raise BadFile(
                f"{path}: the {entry} of {name} is {_times(blob)}, it should be {_times(parameter)}"
            )
        if not blob.isfinite().all():
            raise BadFile(f"{path}: the {entry} of {name} has values that are not numbers")
        yield f"{name}.{entry}", blob.reshape(parameter.shape)


def _without_ones(tensor: Tensor) -> tuple[int, ...]:
    shape = list(tensor.shape)
    while shape and shape[0] == 1:
        del shape[0]
    return tuple(shape)


def _times(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "a number"


def _of_torch(path: Path) -> caffemodel.Layers:
    try:
        look_at_records(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except BadFile:
        raise
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}") from error
    except Exception as error:  # untrusted bytes may raise anything
        reason = f"{type(error).__name__}, {str(error)[:_SAID]}"
        raise BadFile(f"{path} is no state dictionary of tensors, or a damaged one: {reason}") from error
    if not isinstance(state, Mapping):
        raise BadFile(f"{path} holds a {type(state).__name__}, not a state dictionary")
    return _by_layer(state, path)


def _by_layer(state: Mapping[object, object], path: Path) -> caffemodel.Layers:
    layers: dict[str, dict[str, Tensor]] = {}
    for key, value in state.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise BadFile(f"{path}: {str(key)[:_SAID]!r} is not a named tensor")
        layer, _, entry = key.replace(_WRAPPED, ".").rpartition(".")
        look_at_storage(path, key, value)
        if not value.is_floating_point():
            raise BadFile(f"{path}: {key[:_SAID]} does not hold plain floating-point numbers")
        layers.setdefault(layer.rpartition(".")[2], {})[entry] = value.float()
    return {
        name: tuple(entries[entry] for entry in ("weight", "bias") if entry in entries)
        for name, entries in layers.items()
    }
