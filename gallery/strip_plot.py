"""A strip plot: every sample is a dot in its band. One SVG path draws them all, which stays small for any number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from inverset.contract.question import Target

WIDTH, ROWS = 500, 9  # places along a band; dots at one place, then they would lie on one another
_MIDDLE = ROWS // 2


@dataclass(frozen=True)
class Strip:
    """The plot of one neuron."""

    neuron: str
    asked: bool  # a band was asked; else the ends are those of the samples
    low: float
    high: float
    count: int  # samples
    path: str  # of an SVG

    def share(self, value: float) -> float:
        """The place of a value, 0 to 1."""
        width = self.high - self.low
        return min(1.0, max(0.0, (value - self.low) / width)) if width > 0 else 0.5


def strips(targets: Iterable[Target], activations: Mapping[str, Sequence[float]]) -> list[Strip]:
    """For each neuron its band and dots; values beyond an end are drawn at it. Without a band, the samples' range is used."""
    return [_strip(target, activations[target.neuron]) for target in targets]


def _strip(target: Target, values: Sequence[float]) -> Strip:
    low, high = target.band.pair or (min(values, default=0.0), max(values, default=1.0))
    return Strip(target.neuron, not target.band.is_open, low, high, len(values), _path(values, low, high))


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
