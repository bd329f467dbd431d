"""One number that a network says of an image: its name, and how it is read off a layer."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from sampler.bundle import Bundle
from sampler.directions import WORD, Directions, channels

_NEURON = re.compile(r"(?P<layer>[^:@]+):(?P<unit>[^@]+)(@(?P<reading>center|max|mean|\d+(,\d+)?))?")
_MAP, _TOKENS = 4, 3  # dimensions of what a layer of maps or tokens says of a batch


class ProblemError(ValueError):
    """What was asked makes no sense for this model."""


class UnknownNeuron(ProblemError):
    """No such layer, unit or label; the message gives the nearest valid names."""


@dataclass(frozen=True)
class Neuron:
    """One number read from one layer.

    ``reading`` says where a map is read: its "center", its "max", its "mean", or one position (y, x). Of tokens "center" is the
    first, which is the class token where there is one; one is (index,). Vectors know "center" only.
    """

    layer: str
    unit: int  # or the number of a direction in its file
    reading: str | tuple[int, ...] = "center"
    label: str | None = None
    directions: Directions | None = None  # whose direction it is; None: a unit of the layer

    def __str__(self) -> str:
        """The canonical name: ``fc8:volcano``, ``conv5:3``, ``conv5:3@max``, ``conv5:3@2,4``, ``mlp:direction:sae.safetensors#31``."""
        name = f"{self.layer}:{self.unit if self.label is None else self.label}"
        if self.reading == "center":
            return name
        return f"{name}@{self.reading if isinstance(self.reading, str) else ','.join(map(str, self.reading))}"

    @classmethod
    def parse(cls, text: str, bundle: Bundle) -> "Neuron":
        """Read ``layer:unit[@reading]``, where unit is a number, a label or ``direction:FILE#name``.

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
        if unit.startswith(WORD):
            return cls._of_direction(bundle, layer, unit, reading)
        if not unit.isdecimal():
            hint = _nearest(unit, labels) if labels else "its units are numbers"
            raise UnknownNeuron(f"{layer} has no unit {unit!r}; {hint}")
        number = int(unit)
        return cls(layer, number, reading, labels[number] if number < len(labels) else None)

    @classmethod
    def _of_direction(cls, bundle: Bundle, layer: str, unit: str, reading: str | tuple[int, ...]) -> "Neuron":
        file, _, name = unit.removeprefix(WORD).partition("#")
        known = bundle.directions.get(layer, {})
        if file not in known:
            hint = _nearest(file, list(known)) if known else "none were registered for it"
            raise UnknownNeuron(f"{layer} has no directions {file!r}; {hint}")
        if name not in known[file].numbers:
            raise UnknownNeuron(
                f"{file} of {layer} has no direction {name!r}; {_nearest(name, known[file].names)}"
            )
        return cls(layer, known[file].numbers[name], reading, unit, known[file])

    def read(self, output: Tensor) -> Tensor:
        """This neuron's activations (k,) from its layer's output (k, units), (k, tokens, units) or (k, units, h, w).

        Raises:
            UnknownNeuron: the layer has no such unit, token or position.
        """
        try:
            if self.directions is not None:
                return self._placed(self.directions.one(output, self.unit))[:, 0]
            unit = output.select(channels(output), self.unit).unsqueeze(channels(output))
            return self._placed(unit)[:, 0]
        except IndexError:
            raise UnknownNeuron(
                f"{self} lies outside its layer, whose output is {tuple(output.shape[1:])}"
            ) from None

    def read_layer(self, output: Tensor) -> Tensor:
        """All units of this neuron's layer, or all directions of its file, read as it is read: (k, units)."""
        return self._placed(output if self.directions is None else self.directions.all(output))

    def _placed(self, output: Tensor) -> Tensor:
        """Read at this neuron's place, or over all of them: (k, units). Raises IndexError where there is no such place."""
        axes = {_MAP: (2, 3), _TOKENS: (1,)}.get(output.dim())
        if axes is None:
            return output
        if isinstance(self.reading, tuple):
            if len(self.reading) != len(axes):
                raise IndexError
            for place in self.reading:
                output = output.select(axes[0], place)  # the axes that are left move up
            return output
        if self.reading == "max":
            return output.amax(dim=axes)
        if self.reading == "mean":
            return output.mean(dim=axes)
        if len(axes) == 1:
            return output[:, 0]
        return output[:, :, output.shape[2] // 2, output.shape[3] // 2]


def _reading(text: str | None) -> str | tuple[int, ...]:
    if text is None or text in {"center", "max", "mean"}:
        return text or "center"
    return tuple(int(each) for each in text.split(","))


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=4, cutoff=0.3) or known[:12]
    return f"did you mean {', '.join(near)}?"
