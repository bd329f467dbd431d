"""A neuron: one number read from a layer of a network, with its name."""

from dataclasses import dataclass

from torch import Tensor

from inverset.contract.errors import ProblemError
from inverset.contract.neurons import (
    CENTER,
    MAX,
    MEAN,
    NeuronName,
    Reading,
    UnknownNeuronName,
    layers_of,
    parse,
)
from inverset.sampler.bundle import Bundle
from inverset.sampler.directions import Directions, channels

_MAP, _TOKENS = 4, 3  # dimensions of a map or token layer's output for a batch


class UnknownNeuron(ProblemError):
    """Raised for an unknown layer, unit or label; the message gives the nearest valid names."""


@dataclass(frozen=True)
class Neuron:
    """One number read from one layer.

    ``reading`` says where a map is read: its "center", its "max", its "mean", or one position (y, x). Of tokens "center" is the
    first, which is the class token where there is one; one is (index,). Vectors know "center" only.
    """

    layer: str
    unit: int  # or the number of a direction in its file
    reading: Reading = CENTER
    label: str | None = None
    directions: Directions | None = None  # whose direction it is; None: a unit of the layer

    def __str__(self) -> str:
        """The canonical name: ``fc8:volcano``, ``conv5:3``, ``conv5:3@max``, ``conv5:3@2,4``, ``mlp:direction:sae.safetensors#31``."""
        return str(NeuronName(self.layer, self.unit, self.reading, self.label))

    @classmethod
    def parse(cls, text: str, bundle: Bundle) -> "Neuron":
        """The neuron that ``layer:unit[@reading]`` names; see ``inverset.contract.neurons``.

        Raises:
            UnknownNeuron: the text or a name in it is not valid for this model.
        """
        try:
            name = parse(text, bundle.name, layers_of(bundle.catalogue))
        except UnknownNeuronName as error:
            raise UnknownNeuron(str(error)) from None
        directions = None if name.direction is None else bundle.directions[name.layer][name.direction[0]]
        return cls(name.layer, name.unit, name.reading, name.label, directions)

    def read(self, output: Tensor) -> Tensor:
        """The activations (k,) of this neuron, given its layer's output (k, units), (k, tokens, units) or (k, units, h, w).

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
        """The activations (k, units) of all units of this neuron's layer, or of all directions of its file, read in the same way."""
        return self._placed(output if self.directions is None else self.directions.all(output))

    def _placed(self, output: Tensor) -> Tensor:
        """The output (k, units) at this neuron's position, or reduced over all positions. Raises IndexError for no such position."""
        axes = {_MAP: (2, 3), _TOKENS: (1,)}.get(output.dim())
        if axes is None:
            return output
        if isinstance(self.reading, tuple):
            if len(self.reading) != len(axes):
                raise IndexError
            for place in self.reading:
                output = output.select(axes[0], place)  # the axes that are left move up
            return output
        if self.reading == MAX:
            return output.amax(dim=axes)
        if self.reading == MEAN:
            return output.mean(dim=axes)
        if len(axes) == 1:
            return output[:, 0]
        return output[:, :, output.shape[2] // 2, output.shape[3] // 2]
