"""Histograms of activations for drawing: 0 to 100 wide, ``HEIGHT`` high. The macro in ``histogram.html.j2`` draws them."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

HEIGHT = 60  # of the highest bar
BARS = 40
_AROUND = 0.1  # of the whole, that is drawn beyond the lowest and the highest activation


class Span(NamedTuple):
    """The position of a band on an axis of 0 to 100."""

    x: float
    width: float


def across(edges: Sequence[float], band: Sequence[float] | None) -> Span | None:
    """The position of a band between the edges, 0 to 100; None: there is no band."""
    if band is None:
        return None
    (first, last), (low, high) = edges, band
    x = 100 * (low - first) / (last - first)
    return Span(round(x, 3), round(max(0.4, 100 * (high - low) / (last - first)), 3))


def outline(counts: Sequence[float]) -> str:
    """Bars of equal width as one SVG path, their heights proportional to the counts."""
    most, width = max(counts), 100 / len(counts)
    tops = (HEIGHT - HEIGHT * count / most if most else HEIGHT for count in counts)
    steps = "".join(f"V{round(top, 2):g}h{width:g}" for top in tops)
    return f"M0 {HEIGHT}{steps}V{HEIGHT}z"


def widened(edges: Sequence[float], counts: Sequence[float]) -> tuple[tuple[float, float], list[float]]:
    """The histogram with room on both sides, for bands beyond the observed activations."""
    beyond = round(len(counts) * _AROUND)
    width = (edges[1] - edges[0]) / len(counts)
    room = [0.0] * beyond
    return (edges[0] - beyond * width, edges[1] + beyond * width), [*room, *counts, *room]


def of_quantiles(
    quantiles: Mapping[str, float], count: int = BARS
) -> tuple[tuple[float, float], list[float]]:
    """Edges and shares of bins of equal width, interpolated from quantiles."""
    points = rising(quantiles)
    low, high = points[0][0], points[-1][0]
    if low == high:  # it never changes
        low, high = low - 0.5, high + 0.5
    edges = [low + (high - low) * index / count for index in range(count)]
    shares = [below(points, edge) for edge in edges]
    return (low, high), [after - before for before, after in pairwise([*shares, 1.0])]


def rising(quantiles: Mapping[str, float]) -> list[tuple[float, float]]:
    """Quantiles as pairs of an activation and the share of images below it, the lowest first."""
    return sorted((float(value), float(share)) for share, value in quantiles.items())


def below(points: Sequence[tuple[float, float]], value: float) -> float:
    """The share of activations below a value."""
    values = [each for each, _ in points]
    before, after = bisect_left(values, value), bisect_right(values, value)
    if before == 0:
        return 0.0
    if before < after or after == len(points):  # at a quantile, or beyond all
        return points[min(before, len(points) - 1)][1]
    (left, share), (right, more) = points[before - 1], points[before]
    return share + (more - share) * (value - left) / (right - left)
