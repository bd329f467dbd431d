"""The readable layers of a network, from one forward pass."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from inverset.contract.hints import did_you_mean
from inverset.sampler.directions import Directions
from inverset.sampler.hooks import INPUT, first_tensor
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.networks.labels import check_count
from inverset.sampler.zoo.parts import Network, Size

_VECTOR, _TOKENS, _MAP = 2, 3, 4  # dimensions of a layer's output for a batch
_BATCH = 2  # images: a layer whose output has another batch size mixes images, as the windows of a Swin do
_SILENT = ("Dropout", "DropPath", "StochasticDepth")  # pass on what they get


@dataclass(frozen=True)
class Layer:
    """A layer whose neurons can be read."""

    name: str
    kind: str  # "vector", "tokens" or "map"
    units: int
    size: Size | None = None  # of its maps
    tokens: int | None = None
    labels: tuple[str, ...] = ()
    directions: Mapping[str, Directions] = field(default_factory=dict)  # file -> directions in it

    @property
    def numbers(self) -> int:
        """The number of entries of its flattened output."""
        height, width = self.size or (1, 1)
        return self.units * height * width * (self.tokens or 1)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its output for one image: (units,), (tokens, units), or (units, h, w) if a map has more than one position."""
        if self.tokens is not None:
            return (self.tokens, self.units)
        return (self.units,) if self.size is None or self.size == (1, 1) else (self.units, *self.size)

    def described(self) -> dict[str, Any]:
        """The layer in the format of a model's catalogue; for a sparse autoencoder only the number of latents."""
        known = {
            file: list(directions.names) if directions.thresholds is None else len(directions.names)
            for file, directions in self.directions.items()
        }
        return {
            "name": self.name,
            "kind": self.kind,
            "units": self.units,
            "labels": list(self.labels),
            **({"size": list(self.size)} if self.size else {}),
            **({"tokens": self.tokens} if self.tokens else {}),
            **({"directions": known} if known else {}),
        }


@torch.no_grad()
def readable(network: Network, size: Size | None = None) -> tuple[Layer, ...]:
    """The layers of a network in the order of their computation, from one pass over two black images.

    A layer is a module's path, as PyTorch prints it. What goes into a linear or convolutional layer has the layer's name with ``<``,
    where no other layer says it: the heads of an attention are ``blocks.0.attn.proj<`` where its module computes them itself. Left
    out is what does not say one thing of each image, and what only passes on.

    Args:
        network: f or E.
        size: height and width of the images; by default what the network was made for.

    Raises:
        BadEntry: it cannot be run, or there are labels or directions for a layer that cannot be read or has other units.
    """
    seen = outputs_of_black(network, size)
    layers = tuple(each for name, output in seen.items() if (each := _layer(network, name, output)))
    _check_labels(network, layers)
    _check_directions(network, layers)
    return layers


def find(layers: Iterable[Layer], name: str, whose: str = "the network") -> Layer:
    """The layer of that name, for an encoder, a judge, or the layer that a generator inverts.

    Raises:
        BadEntry: it cannot be read; the message gives the nearest.
    """
    known = {layer.name: layer for layer in layers}
    if name not in known:
        raise BadEntry(f"{whose} has no layer {name!r}; {did_you_mean(name, tuple(known))}")
    return known[name]


@torch.no_grad()
def outputs_of_black(network: Network, size: Size | None = None) -> dict[str, Tensor]:
    """The last output of each layer for two black images, in the order in which layers were last computed.

    Raises:
        BadEntry: the network cannot be run.
    """
    device = next((parameter.device for parameter in network.module.parameters()), torch.device("cpu"))
    images = torch.zeros(_BATCH, 3, *(size or network.size), device=device)
    return outputs(network.module, network.preprocess, images)


def outputs(module: nn.Module, preprocess: Callable[[Tensor], Tensor], images: Tensor) -> dict[str, Tensor]:
    """The last output of each layer for images (k, 3, h, w) in [0, 1]. Raises BadEntry where the network cannot be run on them."""
    fed = preprocess(images)
    seen: dict[str, Tensor] = {}
    alive = [fed]  # kept alive, so that an address means one of them

    def is_new(values: Tensor) -> bool:
        return values.data_ptr() not in {tensor.data_ptr() for tensor in alive}

    def note(name: str, layer: nn.Module, output: Tensor | None) -> None:
        if output is None or (isinstance(layer, nn.Identity) and not is_new(output)):
            return
        seen.pop(name, None)  # the last call counts, also for the order
        seen[name] = output
        alive.append(output)

    def note_input(name: str, layer: nn.Module, given: Tensor | None) -> None:
        if _has_weights(layer) and given is not None and is_new(given):
            seen[name + INPUT] = given

    with ExitStack() as hooks:
        for name, layer in _modules(module):
            before = layer.register_forward_pre_hook(
                lambda layer, args, kwargs, name=name: note_input(name, layer, first_tensor((args, kwargs))),
                with_kwargs=True,
            )
            after = layer.register_forward_hook(
                lambda layer, _, output, name=name: note(name, layer, first_tensor(output))
            )
            hooks.callback(before.remove)
            hooks.callback(after.remove)
        try:
            module(fed)
        except Exception as error:  # noqa: BLE001 - whatever a network of one's own may raise
            shape = "x".join(map(str, fed.shape[1:]))
            raise BadEntry(f"the network does not take images of {shape}: {error}") from None
    return seen


def _has_weights(layer: nn.Module) -> bool:
    """Whether a layer is linear or a convolution, also if it was exported and has another class."""
    weight = getattr(layer, "weight", None)
    return isinstance(weight, Tensor) and weight.dim() > 1 and not any(True for _ in layer.children())


def _modules(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, layer in module.named_modules():
        if name and not {":", "@"} & set(name) and not type(layer).__name__.startswith(_SILENT):
            yield name, layer


def _layer(network: Network, name: str, output: Tensor) -> Layer | None:
    if (
        len(output) != _BATCH
        or not output.is_floating_point()
        or output.dim() not in {_VECTOR, _TOKENS, _MAP}
    ):
        return None
    if name.removesuffix(INPUT) in network.channels_last and output.dim() == _MAP:
        output = output.movedim(-1, 1)
    labels, directions = network.labels.get(name, ()), network.directions.get(name, {})
    shape = output.shape
    if output.dim() == _TOKENS:
        return Layer(name, "tokens", shape[2], None, shape[1], labels, directions)
    if output.dim() == _MAP:
        return Layer(name, "map", shape[1], (shape[2], shape[3]), None, labels, directions)
    return Layer(name, "vector", shape[1], labels=labels, directions=directions)


def _check_labels(network: Network, layers: tuple[Layer, ...]) -> None:
    units = {layer.name: layer.units for layer in layers}
    for name, labels in network.labels.items():
        if name not in units:
            raise BadEntry(
                f"there are labels for {name!r}, which cannot be read; {did_you_mean(name, list(units))}"
            )
        check_count(name, labels, units[name])


def _check_directions(network: Network, layers: tuple[Layer, ...]) -> None:
    by_name = {layer.name: layer for layer in layers}
    for name, files in network.directions.items():
        if name not in by_name:
            raise BadEntry(
                f"there are directions for {name!r}, which no layer is; {did_you_mean(name, list(by_name))}"
            )
        for file, directions in files.items():
            if directions.vectors.shape[1] != by_name[name].units:
                raise BadEntry(
                    f"{file} is of {directions.vectors.shape[1]} units, the layer {name} has {by_name[name].units}"
                )
