"""A strip plot: every sample is a dot in its band. One SVG path draws them all, which stays small for any number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from inverset.contract.question import Target

WIDTH, ROWS = 500, 9  # places along a band; dots at one place, then they would lie on one another
_MIDDLE = ROWS // 2


def strips(targets: Iterable[Target], activations: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """For each neuron its band and dots; values beyond an end are drawn at it. Without a band, the samples' range is used."""
    return [_strip(target, activations[target.neuron]) for target in targets]


def _strip(target: Target, values: Sequence[float]) -> dict[str, Any]:
    low, high = target.band.pair or (min(values, default=0.0), max(values, default=1.0))
    return {
        "neuron": target.neuron,
        "asked": not target.band.is_open,
        "low": low,
        "high": high,
        "count": len(values),
        "path": _path(values, low, high),
    }


def _path(values: Sequence[float], low: float, high: float) -> str:
    """An SVG path of lines without length, whose round ends are the dots; WIDTH wide and ROWS high."""
    stacked: dict[int, int] = {}
    for value in values:
        share = (value - low) / (high - low) if high > low else 0.5
        place = round(min(1.0, max(0.0, share)) * WIDTH)
        stacked[place] = min(ROWS, stacked.get(place, 0) + 1)
    return "".join(f"M{place} {row}h0" for place, count in sorted(stacked.items()) for row in _rows(count))


def _rows(count: int) -> Iterator[int]:
    """The rows from the middle outwards: 4, 3, 5, 2, 6 ..."""
    for row in range(count):
        yield _MIDDLE + (row + 1) // 2 * (1 if row % 2 == 0 else -1)
