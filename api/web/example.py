"""The example on the home page: one neuron of the model that ships with the product, low, middle and high.

Its pictures are part of the product, so that it is there before the first job; ``tests/end_to_end/pages/example.py`` makes them.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from inverset.contract import titles

MODEL, NEURON = "scenes", "fc8:volcano"


@dataclass(frozen=True)
class Row:
    """A band of the neuron, and six images in it by rising activation."""

    word: str
    quantiles: tuple[float, float]
    picture: str  # a static file
    shows: str  # in words

    @property
    def percentiles(self) -> str:
        """The band: ``95th to 99th percentile``."""
        return titles.between(self.quantiles)

    @property
    def form(self) -> str:
        """The address of the form for a gallery of this band."""
        low, high = self.quantiles
        fields = {"model": MODEL, "neuron": NEURON, "low": low, "high": high, "by": "quantiles"}
        return f"/new?{urlencode(fields)}"


ROWS = (
    Row("low", (0.3, 0.5), "example-low.webp", "various images without a mountain"),
    Row("middle", (0.8, 0.9), "example-middle.webp", "images with the shape or the colours of a mountain"),
    Row("high", (0.95, 0.99), "example-high.webp", "volcanoes with fire and smoke"),
)
