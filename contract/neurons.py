"""The one grammar of neurons: ``LAYER:UNIT`` or ``LAYER:UNIT@READING``.

UNIT is a number, a label, or ``direction:FILE#NAME``. READING says where a layer with places is read: ``center`` (the default),
``max``, ``mean``, a position ``Y,X`` of a map, or the index of a token.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inverset.contract.decoding import Malformed
from inverset.contract.hints import did_you_mean

DIRECTION = "direction:"  # before FILE#NAME, in the place of a unit
CENTER, MAX, MEAN = "center", "max", "mean"
_NEURON = re.compile(
    r"(?P<layer>[^:@]+):(?P<unit>[^@]+)(@(?P<reading>center|max|mean|(?P<y>\d{1,6})(,(?P<x>\d{1,6}))?))?",
    re.ASCII,
)
_MOST_DIGITS = 9

Reading = str | tuple[int, ...]


class UnknownNeuronName(ValueError):
    """No such layer, unit, label, direction or position; the message gives the closest names."""


@dataclass(frozen=True)
class Layer:
    """A layer, as far as the grammar needs it."""

    name: str
    kind: str  # "vector", "tokens" or "map"
    units: int
    labels: Sequence[str] = ()  # of the first units
    size: tuple[int, int] | None = None  # height and width of a map
    tokens: int | None = None
    directions: Mapping[str, Sequence[str] | int] = field(
        default_factory=dict
    )  # file -> names, or how many latents

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> "Layer":
        """The layer that a model's catalogue describes."""
        return cls.from_json(described)

    @classmethod
    def from_json(cls, described: Any) -> "Layer":
        """The layer in some JSON. Raises ``decoding.Malformed`` if it has another shape."""
        try:
            name, kind, labels = (described[key] for key in ("name", "kind", "labels"))
            units, size = int(described["units"]), described.get("size")
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Malformed("it lacks the name, kind, units or labels of a layer") from None
        return cls(
            name,
            kind,
            units,
            labels if len(labels) <= units else labels[:units],  # a label beyond the last unit names nothing
            None if size is None else (size[0], size[1]),
            described.get("tokens"),
            described.get("directions", {}),
        )


@dataclass(frozen=True)
class NeuronName:
    """One neuron of a model, by its canonical name."""

    layer: str
    unit: int  # its number in the layer; of a direction, its place in the file
    reading: Reading = CENTER
    label: str | None = None  # of the unit, or ``direction:FILE#NAME``
    direction: tuple[str, str] | None = None  # file and name; None: it is a unit of its layer

    def __str__(self) -> str:
        """``fc8:volcano``, ``conv5:3``, ``conv5:3@max``, ``conv5:3@2,4``, ``mlp:direction:sae.safetensors#31``."""
        name = f"{self.layer}:{self.unit if self.label is None else self.label}"
        return name if self.reading == CENTER else f"{name}@{self.place}"

    @property
    def place(self) -> str:
        """The reading in writing: ``center``, ``max``, ``mean``, ``2,4``, ``31``."""
        return self.reading if isinstance(self.reading, str) else ",".join(map(str, self.reading))


def parse(text: str, model: str, layers: Sequence[Layer]) -> NeuronName:
    """The neuron that a text names; several spellings may name one (``fc8:0@center`` is ``fc8:volcano``).

    Args:
        text: as a person writes it.
        model: its name, for messages.
        layers: the model's.

    Raises:
        UnknownNeuronName: the text or a name in it is not valid for this model.
    """
    match = _NEURON.fullmatch(text.strip())
    if match is None:
        raise UnknownNeuronName(f"{text!r} is not a neuron; write layer:unit, as in {layers[-1].name}:0")
    layer = next((each for each in layers if each.name == match["layer"]), None)
    if layer is None:
        hint = did_you_mean(match["layer"], [each.name for each in layers])
        raise UnknownNeuronName(f"{model} has no layer {match['layer']!r}; {hint}")
    text = match["unit"]
    if text.startswith(DIRECTION) and text not in layer.labels:
        number, file, name = _direction(layer, text)
        written = direction_label(file, name)
        return NeuronName(layer.name, number, _reading(layer, match), written, (file, name))
    number = _unit(layer, text)
    label = layer.labels[number] if number < len(layer.labels) else None
    return NeuronName(layer.name, number, _reading(layer, match), label)


def layers_of(described: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The layers of a model, from its catalogue in JSON."""
    return tuple(map(Layer.of, described["layers"]))


def direction_label(file: str, name: str | int) -> str:
    """The text in the place of a unit: ``direction:FILE#NAME``."""
    return f"{DIRECTION}{file}#{name}"


def named_twice(neuron: str) -> str:
    """The complaint about a question that names a neuron twice."""
    return f"{neuron} is named twice; give it one range"


def _unit(layer: Layer, text: str) -> int:
    """A unit's number, from its label or from the number itself."""
    if text in layer.labels:
        return layer.labels.index(text)
    number = _number(text, layer.units)
    if number is None:
        by_label = layer.labels and not text.isdecimal()
        hint = did_you_mean(text, layer.labels) if by_label else f"its units are 0 to {layer.units - 1}"
        raise UnknownNeuronName(f"{layer.name} has no unit {_short(text)}; {hint}")
    return number


def _direction(layer: Layer, text: str) -> tuple[int, str, str]:
    """A direction's number in its file, the file, and its name there; a latent's name is its number."""
    file, _, name = text.removeprefix(DIRECTION).partition("#")
    if file not in layer.directions:
        known = list(layer.directions)
        hint = did_you_mean(file, known) if known else "none are registered for it"
        raise UnknownNeuronName(f"{layer.name} has no directions {file!r}; {hint}")
    names = layer.directions[file]
    if not isinstance(names, int):
        if name not in names:
            raise UnknownNeuronName(f"{file} has no direction {name!r}; {did_you_mean(name, names)}")
        return names.index(name), file, name
    number = _number(name, names)
    if number is None:
        raise UnknownNeuronName(f"{file} has no latent {_short(name)}; its latents are 0 to {names - 1}")
    return number, file, str(number)


def _number(text: str, count: int) -> int | None:
    """The number in a text, if it is below ``count``; else None."""
    if not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS or int(text) >= count:
        return None
    return int(text)


def _short(text: str) -> str:
    return text[:20] if text.isascii() and text.isdecimal() else repr(text)


def _reading(layer: Layer, match: re.Match[str]) -> Reading:
    reading = match["reading"] or CENTER
    if reading == CENTER:
        return CENTER
    if layer.kind not in {"map", "tokens"}:
        raise UnknownNeuronName(f"{layer.name} is not a map; leave @{reading} out")
    if match["y"] is None:
        return reading
    if (layer.kind == "tokens") != (match["x"] is None):
        places = "@index" if layer.kind == "tokens" else "@y,x"
        raise UnknownNeuronName(f"{layer.name} is read at {places}, @max or @mean, not at {reading}")
    if layer.kind == "tokens":
        return _token(layer, int(match["y"]))
    return _position(layer, int(match["y"]), int(match["x"]))


def _token(layer: Layer, index: int) -> Reading:
    """The first token is the default."""
    if layer.tokens is None or index >= layer.tokens:
        raise UnknownNeuronName(f"{layer.name} has {layer.tokens} tokens; it has no token {index}")
    return (index,) if index else CENTER


def _position(layer: Layer, y: int, x: int) -> Reading:
    height, width = layer.size or (0, 0)
    if y >= height or x >= width:
        raise UnknownNeuronName(f"{layer.name} is {height} high and {width} wide; it has no position {y},{x}")
    return y, x
