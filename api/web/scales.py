"""The axes on which a band is chosen: even in activations, or stretched so that all measured quantiles are equally far apart."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Self

from inverset.gallery import histogram
from inverset.gallery.evidence_view import number
from inverset.gallery.histogram import Span

_TICKS = {"0": "least", "0.01": ".01", "0.1": ".1", "0.5": "median", "0.9": ".9", "0.99": ".99", "1": "most"}
_RARE = 0.99  # beyond the last activation there is as much room as from this quantile to it
Knot = tuple[float, float]  # a place, 0 to 100, and the activation there


class Drawn(NamedTuple):
    """An axis as the macros draw it."""

    outline: str  # of the bars, as an SVG path
    band: Span | None
    ticks: list[tuple[float, str, str]]
    knots: list[Knot]


class Scale(NamedTuple):
    """An axis, piecewise linear between knots, and bars of equal width to draw over it."""

    knots: list[Knot]
    counts: list[float]
    ticks: list[tuple[float, str, str]]  # place, words, activation

    @classmethod
    def stretched(cls, quantiles: Mapping[str, float]) -> Self:
        """An axis with measured quantiles at equal distances; bars are the shares between them. Constant values are not stretched."""
        points = {value: share for value, share in histogram.rising(quantiles)}  # noqa: C416 - the highest of equal ones
        if len(points) < 3:
            return cls.even(*histogram.of_quantiles(quantiles))
        last = max(points)
        values = [*points, last + (_reach(points, last) or last - list(points)[-2])]
        places = [round(100 * index / (len(values) - 1), 3) for index in range(len(values))]
        ticks = [
            (places[values.index(float(quantiles[share]))], words, number(quantiles[share]))
            for share, words in _TICKS.items()
            if share in quantiles
        ]
        return cls(list(zip(places, values, strict=True)), [*_between(points), 0.0], _apart(ticks))

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
        for (left, low), (right, high) in pairwise(self.knots):
            if activation <= high:
                return max(left, left + (right - left) * (activation - low) / (high - low))
        return 100.0

    def drawn(self, band: Sequence[float] | None) -> Drawn:
        """The outline, the band and the ticks, for the macros."""
        return Drawn(histogram.outline(self.counts), self.span(band), self.ticks, self.knots)

    def span(self, band: Sequence[float] | None) -> Span | None:
        """The position of a band; None: there is no band."""
        if band is None:
            return None
        low, high = (self.place(end) for end in band)
        return Span(round(low, 3), round(max(0.4, high - low), 3))


def _between(points: Mapping[float, float]) -> list[float]:
    """The share of images between adjacent quantiles; images at the very first quantile count to the first bar."""
    shares = [0.0, *list(points.values())[1:]]
    return [after - before for before, after in pairwise(shares)]


def _reach(points: Mapping[float, float], last: float) -> float:
    return last - min(value for value, share in points.items() if share >= _RARE)


def _apart(ticks: Sequence[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """The ticks that leave enough room between each other."""
    kept: list[tuple[float, str, str]] = []
    for tick in ticks:
        if not kept or tick[0] - kept[-1][0] >= 9:
            kept.append(tick)
    return kept
