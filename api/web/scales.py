"""The axes on which a band is chosen: even in activations, or a ruler of percentiles that is wider towards its top."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Self

from inverset.gallery import histogram
from inverset.gallery.evidence_view import number
from inverset.gallery.histogram import Span

# Where quantiles stand on the ruler, 0 to 100; linear between them. The highest hundredth is as wide as the lowest half, because
# that is where bands are chosen.
_RULER = {0.0: 0.0, 0.1: 9.0, 0.5: 25.0, 0.9: 48.0, 0.99: 74.0, 0.999: 85.0, 1.0: 94.0}
_LABELLED = {
    "0": "0",
    "0.1": "10",
    "0.5": "50",
    "0.9": "90",
    "0.95": "95",
    "0.99": "99",
    "0.999": "99.9",
    "1": "100",
}
_RARE = 0.99  # beyond the last activation there is as much room as from this quantile to it
Knot = tuple[float, float]  # a place, 0 to 100, and the activation there


class Drawn(NamedTuple):
    """An axis as the macros draw it."""

    outline: str  # of the bars, as an SVG path; empty: there are none
    band: Span | None
    ticks: list[tuple[float, str, str]]
    knots: list[Knot]


class Scale(NamedTuple):
    """An axis, piecewise linear between knots, and bars of equal width to draw over it, if there are any."""

    knots: list[Knot]
    counts: list[float]
    ticks: list[tuple[float, str, str]]  # place, words in small print, a number

    @classmethod
    def percentiles(cls, quantiles: Mapping[str, float]) -> Self:
        """A ruler of percentiles, with room for bands above all natural images. It has no bars; constant values have an even axis."""
        points = histogram.rising(quantiles)
        lower = {value: share for value, share in points}  # noqa: C416 - the highest of equal ones
        if len(lower) < 3:
            return cls.even(*histogram.of_quantiles(quantiles))
        last = max(lower)
        beyond = last + (_reach(lower, last) or last - list(lower)[-2])
        knots = [(_on_ruler(share), value) for value, share in points]
        ticks = [
            (_on_ruler(float(share)), number(quantiles[share]), percentile)
            for share, percentile in _LABELLED.items()
            if share in quantiles
        ]
        return cls([*knots, (100.0, beyond)], [], ticks)

    @classmethod
    def even(cls, edges: Sequence[float], counts: Sequence[float]) -> Self:
        """An axis even in activations, with some room on both sides."""
        (first, last), wide = histogram.widened(edges, counts)
        ticks = [
            (percent, "", number(first + (last - first) * percent / 100))
            for percent in (0.0, 25.0, 50.0, 75.0, 100.0)
        ]
        return cls([(0.0, first), (100.0, last)], wide, ticks)

    def place(self, activation: float) -> float:
        """The position of an activation, 0 to 100; values beyond an end lie at that end."""
        if activation <= self.knots[0][1]:
            return self.knots[0][0]
        for (left, low), (right, high) in pairwise(self.knots):
            if activation <= high:
                return left + (right - left) * (activation - low) / (high - low)
        return 100.0

    def drawn(self, band: Sequence[float] | None) -> Drawn:
        """The outline, the band and the ticks, for the macros."""
        return Drawn(
            histogram.outline(self.counts) if self.counts else "", self.span(band), self.ticks, self.knots
        )

    def span(self, band: Sequence[float] | None) -> Span | None:
        """The position of a band; None: there is no band."""
        if band is None:
            return None
        low, high = (self.place(end) for end in band)
        return Span(round(low, 3), round(max(0.4, high - low), 3))


def _on_ruler(share: float) -> float:
    """The position of a quantile on the ruler."""
    for (left, low), (right, high) in pairwise(_RULER.items()):
        if share <= right:
            return round(low + (high - low) * (share - left) / (right - left), 3)
    return _RULER[1.0]


def _reach(points: Mapping[float, float], last: float) -> float:
    return last - min(value for value, share in points.items() if share >= _RARE)
