"""What a worker offers of a model: layers, what was measured of neurons, and methods with their options.

It is published, stored and answered as JSON; what works with it makes it a ``Catalogue`` once, by ``Catalogue.of``.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Self

from inverset.contract.decoding import decode
from inverset.contract.neurons import Layer, NeuronName, direction_label, parse
from inverset.contract.options import OptionCard


@dataclass(frozen=True)
class NeuronStatistics:
    """A neuron's activations on natural images."""

    mean: float
    sd: float
    quantiles: Mapping[str, float]  # share as text -> activation

    @classmethod
    def of(cls, measured: Mapping[str, Any]) -> Self:
        """As JSON has them. Raises ``decoding.Malformed`` where they are of another shape."""
        return decode(cls, measured)

    def quantile(self, share: float) -> float:
        """The activation below which this share of images lies; between two measured ones, on the straight line."""
        points = sorted((float(at), float(value)) for at, value in self.quantiles.items())
        after = min(max(1, bisect_right(points, (share, float("inf")))), len(points) - 1)
        (at, value), (beyond, higher) = points[after - 1], points[after]
        return value + (higher - value) * min(1.0, max(0.0, (share - at) / (beyond - at)))

    def deviation(self, factor: float) -> float:
        """The activation so many standard deviations above the mean."""
        return self.mean + factor * self.sd


@dataclass(frozen=True)
class MethodCard:
    """A method, as far as a question needs it."""

    default_k: int
    options: Mapping[str, OptionCard]
    needs_band: bool = True
    summary: str = ""


@dataclass(frozen=True)
class BestBatch:
    """How many codes at once the worker's device runs best."""

    codes: int


@dataclass(frozen=True)
class Catalogue:
    """A model that a worker offers."""

    name: str
    sha256: str  # of its weights
    layers: tuple[Layer, ...]
    methods: Mapping[str, MethodCard]  # the first is the default
    neurons: Mapping[str, NeuronStatistics] = field(default_factory=dict)  # by canonical name
    batch: BestBatch | None = None  # None: it was not measured yet

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        """A catalogue as JSON has it. Raises ``decoding.Malformed`` where it is of another shape."""
        return decode(cls, described)

    @property
    def default_method(self) -> str:
        """The method of a job that names none."""
        return next(iter(self.methods))

    def neuron(self, text: str) -> NeuronName:
        """The neuron that a text names. Raises ``neurons.UnknownNeuronName``."""
        return parse(text, self.name, self.layers)

    def needs_band(self, method: str) -> bool:
        """Whether a method keeps activations in a band; one that is not known does."""
        card = self.methods.get(method)
        return card is None or card.needs_band


def units(layer: Layer) -> Iterator[str]:
    """What may stand behind a layer's name: its units by number, then its directions."""
    yield from map(str, range(layer.units))
    for file, known in layer.directions.items():
        for name in range(known) if isinstance(known, int) else known:
            yield direction_label(file, name)


def names(layer: Layer) -> Iterator[str]:
    """Canonical names of a layer's units and directions. Quick, as there may be tens of thousands."""
    yield from (f"{layer.name}:{label}" for label in layer.labels)
    yield from (f"{layer.name}:{unit}" for unit in islice(units(layer), len(layer.labels), None))
