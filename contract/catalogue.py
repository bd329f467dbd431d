"""A model's catalogue: its layers, the statistics of its neurons, and the methods with their options.

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

# Keys of a published catalogue.
BATCH = "batch"  # what a worker's device runs best, once it was measured
REFERENCE_STAMP = "exemplars"  # what was measured on reference images, as a stamp
MEASURED = "measured_neurons"  # how many neurons were measured


@dataclass(frozen=True)
class NeuronStatistics:
    """A neuron's activations on natural images."""

    mean: float
    sd: float
    quantiles: Mapping[str, float]  # share as text -> activation

    @classmethod
    def of(cls, measured: Mapping[str, Any]) -> Self:
        """The statistics in some JSON. Raises ``decoding.Malformed`` if they have another shape."""
        return decode(cls, measured)

    def quantile(self, share: float) -> float:
        """The activation below which this share of images lies; linear between measured quantiles."""
        points = sorted((float(point), float(value)) for point, value in self.quantiles.items())
        after = min(max(1, bisect_right(points, (share, float("inf")))), len(points) - 1)
        (point, value), (beyond, higher) = points[after - 1], points[after]
        return value + (higher - value) * min(1.0, max(0.0, (share - point) / (beyond - point)))

    def deviation(self, factor: float) -> float:
        """The activation so many standard deviations above the mean."""
        return self.mean + factor * self.sd


@dataclass(frozen=True)
class MethodCard:
    """A method as the catalogue describes it."""

    default_k: int
    options: Mapping[str, OptionCard]
    needs_band: bool = True
    summary: str = ""


@dataclass(frozen=True)
class BestBatch:
    """The number of codes that the worker's device handles fastest in one batch."""

    codes: int
    evaluations: float = 0.0  # a second
    device: str = ""


@dataclass(frozen=True)
class Catalogue:
    """The catalogue of a model that a worker offers."""

    name: str
    sha256: str  # of its weights
    layers: tuple[Layer, ...]
    methods: Mapping[str, MethodCard]  # the first is the default
    neurons: Mapping[str, NeuronStatistics] = field(default_factory=dict)  # by canonical name
    batch: BestBatch | None = None  # None: it was not measured yet
    description: str = ""
    image: tuple[int, ...] = ()  # height and width
    code: int = 0  # numbers in a code
    measured_on: str | None = None  # what the quantiles are of; None: natural images that come along
    measured_neurons: int = 0

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        """The catalogue in some JSON. Raises ``decoding.Malformed`` if it has another shape."""
        return decode(cls, described)

    @property
    def default_method(self) -> str:
        """The method of a job that names none."""
        return next(iter(self.methods))

    @property
    def units(self) -> int:
        """The number of units of all layers."""
        return sum(layer.units for layer in self.layers)

    def neuron(self, text: str) -> NeuronName:
        """The neuron that a text names. Raises ``neurons.UnknownNeuronName``."""
        return parse(text, self.name, self.layers)

    def needs_band(self, method: str) -> bool:
        """Whether a method needs a band for each neuron; true for an unknown method."""
        card = self.methods.get(method)
        return card is None or card.needs_band


def units(layer: Layer) -> Iterator[str]:
    """The texts allowed behind a layer's name: its units by number, then its directions."""
    yield from map(str, range(layer.units))
    for file, known in layer.directions.items():
        for name in range(known) if isinstance(known, int) else known:
            yield direction_label(file, name)


def names(layer: Layer) -> Iterator[str]:
    """The canonical names of a layer's units and directions; fast, as there may be tens of thousands."""
    yield from (f"{layer.name}:{label}" for label in layer.labels)
    yield from (f"{layer.name}:{unit}" for unit in islice(units(layer), len(layer.labels), None))
