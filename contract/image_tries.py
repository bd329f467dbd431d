"""Images that a user tries on a neuron: the limits of a request, and what is answered on each image."""

from dataclasses import dataclass

MOST_IMAGES = 16  # of a request
MOST_BYTES = 10_000_000  # of an image's file
MOST_PIXELS = 50_000_000  # of an image
TOP_UNITS = 10  # that are named for an image


@dataclass(frozen=True)
class DrivenUnit:
    """A unit, or a direction, and how strongly an image drives it."""

    neuron: str  # canonical
    activation: float
    percentile: float  # share of natural images that drive it less, 0 to 100


@dataclass(frozen=True)
class TriedImage:
    """What an image does to a neuron and to the other units of its layer; or why it could not be read."""

    name: str
    activation: float | None = None  # None: see ``error``
    percentile: float | None = None  # as of a unit; None: the neuron was not measured
    units: tuple[DrivenUnit, ...] = ()  # those driven most, by percentile; the neuron may be one of them
    compared: int = 0  # units that the model has statistics of, from which ``units`` are chosen
    error: str | None = None
