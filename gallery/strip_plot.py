"""Every sample a dot in its band: drawn as one path, which stays small however many there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from inverset.contract.question import Target

WIDTH, ROWS = 500, 9  # places along a band; dots at one place, then they would lie on one another
_MIDDLE = ROWS // 2


def strips(targets: Iterable[Target], activations: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """For each neuron its band, and the dots: those beyond its ends lie at them. Without a band, what was found is one."""
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
    """Lines of no length, whose round ends are dots; the viewer draws them WIDTH wide and ROWS high."""
    stacked: dict[int, int] = {}
    for value in values:
        share = (value - low) / (high - low) if high > low else 0.5
        place = round(min(1.0, max(0.0, share)) * WIDTH)
        stacked[place] = min(ROWS, stacked.get(place, 0) + 1)
    return "".join(f"M{place} {row}h0" for place, count in sorted(stacked.items()) for row in _rows(count))


def _rows(count: int) -> Iterator[int]:
    """From the middle outwards: 4, 3, 5, 2, 6 ..."""
    for at in range(count):
        yield _MIDDLE + (at + 1) // 2 * (1 if at % 2 == 0 else -1)
