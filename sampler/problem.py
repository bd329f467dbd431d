"""What is asked of a model: neurons, bands, and the one forward pass that answers for a batch of codes."""

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sampler.bundle import Bundle
from sampler.canvas import in_pixels

_NEURON = re.compile(r"(?P<layer>[^:@]+):(?P<unit>[^@]+)(@(?P<reading>center|max|mean|\d+,\d+))?")
_LEAK = 0.05  # slope lent to a dead neuron's own ReLU, backward only
_MAP = 4  # dimensions of a convolutional layer's output


class ProblemError(ValueError):
    """What was asked makes no sense for this model."""


class UnknownNeuron(ProblemError):
    """No such layer, unit or label; the message gives the nearest valid names."""


class BadBand(ProblemError):
    """The band is empty or not finite."""


@dataclass(frozen=True)
class Band:
    """The activations asked for: low <= f(x) <= high (eq 1)."""

    low: float  # z1
    high: float  # z2

    @classmethod
    def of(cls, pair: Sequence[float] | None) -> "Band":
        """A band of [low, high]; None: any activation will do. Raises BadBand as the class itself does."""
        return cls(-math.inf, math.inf) if pair is None else cls(*pair)

    @property
    def pair(self) -> list[float] | None:
        """[low, high]; None where any activation will do."""
        return None if self.is_open else [self.low, self.high]

    @property
    def is_open(self) -> bool:
        """Whether no band was asked for."""
        return (self.low, self.high) == (-math.inf, math.inf)

    def __post_init__(self) -> None:
        """Refuse a band that holds no number.

        Raises:
            BadBand: only one end is finite or one is no number, or low is not below high.
        """
        if self.is_open:
            return
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise BadBand(f"the range {self.low} to {self.high} is not finite")
        if self.low >= self.high:
            raise BadBand(
                f"the range {self.low} to {self.high} is upside down or empty; give the lower end first"
            )


@dataclass(frozen=True)
class Neuron:
    """One number read from one layer.

    ``reading`` says where a map is read: its "center", its "max", its "mean", or one position (y, x). Vectors know "center" only.
    """

    layer: str
    unit: int
    reading: str | tuple[int, int] = "center"
    label: str | None = None

    def __str__(self) -> str:
        """The canonical name: ``fc8:volcano``, ``conv5:3``, ``conv5:3@max``, ``conv5:3@2,4``."""
        name = f"{self.layer}:{self.unit if self.label is None else self.label}"
        if self.reading == "center":
            return name
        return f"{name}@{self.reading if isinstance(self.reading, str) else '{},{}'.format(*self.reading)}"

    @classmethod
    def parse(cls, text: str, bundle: Bundle) -> "Neuron":
        """Read ``layer:unit[@reading]``, where unit is a number or a label.

        Raises:
            UnknownNeuron: the text or a name in it is not valid for this model.
        """
        match = _NEURON.fullmatch(text)
        if match is None:
            raise UnknownNeuron(f"{text!r} is not a neuron; write layer:unit, as in {bundle.layers[-1]}:0")
        layer, unit = match["layer"], match["unit"]
        if layer not in bundle.layers:
            raise UnknownNeuron(f"{bundle.name} has no layer {layer!r}; {_nearest(layer, bundle.layers)}")
        labels = bundle.labels.get(layer, ())
        reading = _reading(match["reading"])
        if unit in labels:
            return cls(layer, labels.index(unit), reading, unit)
        if not unit.isdecimal():
            hint = _nearest(unit, labels) if labels else "its units are numbers"
            raise UnknownNeuron(f"{layer} has no unit {unit!r}; {hint}")
        number = int(unit)
        return cls(layer, number, reading, labels[number] if number < len(labels) else None)

    def read(self, output: Tensor) -> Tensor:
        """This neuron's activations (k,) from its layer's output (k, units) or (k, units, h, w).

        Raises:
            UnknownNeuron: the layer has no such unit or position.
        """
        try:
            return self.read_layer(output[:, self.unit, None])[:, 0]
        except IndexError:
            raise UnknownNeuron(
                f"{self} lies outside its layer, whose output is {tuple(output.shape[1:])}"
            ) from None

    def read_layer(self, output: Tensor) -> Tensor:
        """All units of this neuron's layer, read as it is read: (k, units) from (k, units) or (k, units, h, w)."""
        if output.dim() != _MAP:
            return output
        if isinstance(self.reading, tuple):
            return output[:, :, self.reading[0], self.reading[1]]
        if self.reading == "max":
            return output.amax(dim=(2, 3))
        if self.reading == "mean":
            return output.mean(dim=(2, 3))
        return output[:, :, output.shape[2] // 2, output.shape[3] // 2]


def _reading(text: str | None) -> str | tuple[int, int]:
    if text is None or text in {"center", "max", "mean"}:
        return text or "center"
    y, x = text.split(",")
    return int(y), int(x)


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=4, cutoff=0.3) or known[:12]
    return f"did you mean {', '.join(near)}?"


class Evaluation(NamedTuple):
    """What one forward pass says of k codes."""

    images: Tensor  # x: (k, 3, h, w) in [0, 1], on the 8-bit grid
    activations: Tensor  # f(x): (k, m)
    features: Tensor  # E(x): (k, e)
    cycle: Tensor | None  # |E(G(c)) - c| / |c|: (k,); None where G inverts no layer
    outputs: Mapping[str, Tensor]  # each neuron's layer -> all that it said: (k, units) or (k, units, h, w)

    def finite(self) -> Tensor:
        """Which codes gave numbers only: (k,) bool."""
        good = (
            self.activations.isfinite().all(1)
            & self.features.isfinite().all(1)
            & self.images.isfinite().all((1, 2, 3))
        )
        return good if self.cycle is None else good & self.cycle.isfinite()


@dataclass(frozen=True)
class Problem:
    """The inverse set of one neuron, or the intersection of several, under one model (eqs 1, 12)."""

    bundle: Bundle
    neurons: tuple[Neuron, ...]
    bands: tuple[Band, ...]

    def forward(self, codes: Tensor) -> Evaluation:
        """Evaluate codes (k, d), differentiably, as the PNG will hold their images.

        G's image is rounded to 8 bits in the pass, its gradient going straight through; E and all neurons are read in
        one run of the network, which ends at the deepest layer needed.
        """
        bundle = self.bundle
        images = quantise(bundle.generator(codes))
        activations, features, outputs = _observe(bundle, self.neurons, images, leak=True)
        cycle = None
        if bundle.statistics.cycle_limit is not None:
            cycle = (features - codes).norm(dim=1) / codes.norm(dim=1).clamp_min(1e-6)
        return Evaluation(images, activations, features, cycle, outputs)

    @cached_property
    def feature_count(self) -> int:
        """How many entries E(x) has."""
        with torch.no_grad():
            return self.forward(self.bundle.statistics.mean[None]).features.shape[1]

    @cached_property
    def in_pixels(self) -> "Problem":
        """The same question without a generator: a code is the image itself."""
        with torch.no_grad():
            image = self.bundle.generator(self.bundle.statistics.mean[None])
        return replace(self, bundle=in_pixels(self.bundle, image))

    @cached_property
    def nearest_references(self) -> Tensor:
        """Numbers of the reference images, those nearest to the bands first: (r,) int64. Raises as ``references_in_band``."""
        return self._references_beyond.argsort(stable=True)

    @cached_property
    def references_in_band(self) -> int:
        """How many reference images lie in all bands; they are the first of ``nearest_references``.

        Raises:
            ProblemError: the model has no reference images.
        """
        return int((self._references_beyond == 0).sum())

    @cached_property
    def deviations(self) -> Tensor:
        """Standard deviation of each neuron's activations over the reference images, 1 where there are none: (m,)."""
        if self.bundle.reference is None:
            return torch.ones(len(self.neurons))
        return self.bundle.reference.read(self.neurons).std(dim=0).clamp_min(1e-6)

    @cached_property
    def _references_beyond(self) -> Tensor:
        """By how many widths each reference image lies outside its worst band: (r,); 0 is in band."""
        if self.bundle.reference is None:
            raise ProblemError(f"{self.bundle.name} has no reference images")
        activations = self.bundle.reference.read(self.neurons)
        low, high = self.bounds(activations)
        beyond = torch.maximum(low - activations, activations - high).relu() / (high - low)
        return beyond.amax(dim=1)

    def bounds(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """The bands' lower and upper ends: two (m,) tensors of the dtype and device of ``like``."""
        return like.new_tensor([band.low for band in self.bands]), like.new_tensor(
            [band.high for band in self.bands]
        )


@torch.no_grad()
def read_images(bundle: Bundle, neurons: Sequence[Neuron], images: Tensor) -> tuple[Tensor, Tensor]:
    """Activations (k, m) and features (k, e) of stored images (k, 3, h, w) uint8: how a delivered sample is checked."""
    device = next(bundle.network.parameters()).device
    activations, features, _ = _observe(bundle, neurons, images.to(device).float() / 255, leak=False)
    return activations, features


def quantise(images: Tensor) -> Tensor:
    """Round images in [0, 1] to what a PNG holds; the gradient passes as if nothing had been rounded.

    Clamped pixels keep their gradient too: otherwise a saturated pixel could never come back.
    """
    eight_bit = (images.detach().clamp(0, 1) * 255).round() / 255
    return eight_bit + (images - images.detach())


def to_uint8(images: Tensor) -> Tensor:
    """Images on the 8-bit grid in [0, 1] as bytes: (k, 3, h, w) uint8 on the CPU."""
    return (images.detach() * 255).round().clamp(0, 255).to(torch.uint8).cpu()


class _DeepestReached(Exception):  # not an error: the early way out of a forward pass
    pass


def _observe(
    bundle: Bundle, neurons: Sequence[Neuron], images: Tensor, *, leak: bool
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    wanted = {bundle.encoder, *(neuron.layer for neuron in neurons)}
    seen: dict[str, Tensor] = {}
    with (
        _watching(bundle.network, wanted, seen, leak={n.layer for n in neurons} if leak else set()),
        suppress(_DeepestReached),
    ):
        bundle.network(bundle.preprocess(images))
    outputs = {neuron.layer: seen[f"neurons of {neuron.layer}"] for neuron in neurons}
    activations = torch.stack([neuron.read(outputs[neuron.layer]) for neuron in neurons], dim=1)
    return activations, seen[bundle.encoder].flatten(1), outputs


@contextmanager
def _watching(
    network: nn.Module, wanted: set[str], seen: dict[str, Tensor], leak: set[str]
) -> Iterator[None]:
    """Keep the wanted layers' outputs, and leave the network once all of them were seen."""
    missing, handles = set(wanted), []

    def keep(name: str, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        seen[name] = output
        rectified = name in leak and isinstance(network.get_submodule(name), nn.ReLU)
        seen[f"neurons of {name}"] = _leaky(inputs[0], output) if rectified else output
        missing.discard(name)
        if not missing:
            raise _DeepestReached

    for name in wanted:
        layer = network.get_submodule(name)
        handles.append(layer.register_forward_hook(lambda _, i, o, n=name: keep(n, i, o)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _leaky(before: Tensor, after: Tensor) -> Tensor:
    """``after`` = relu(before) in value, with a small slope where it is off, so that a dead neuron can be woken."""
    slope = torch.where(before > 0, before, _LEAK * before)
    return after.detach() + (slope - slope.detach())
