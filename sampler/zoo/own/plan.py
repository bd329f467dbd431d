"""The neurons to measure: all of a small network; of a large one, those that are named or deepest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inverset.contract.neurons import DIRECTION
from inverset.sampler.zoo.networks.layers import Layer
from inverset.sampler.zoo.own.assembly import Assembly

NAMED, UNNAMED = (
    20_000,
    4_000,
)  # neurons of which layers are chosen at most: where layers are named in the entry, and where not
MOST = 20_000  # numbers of neurons, each way of reading a map counted; the maxima and means of the deepest layers go first


@dataclass(frozen=True)
class Plan:
    """Layers with the readings of each; "center" of a layer that is no map means its units, or those of its first token."""

    readings: Mapping[str, tuple[str, ...]]  # a way is a reading, or ``direction:FILE``
    units: Mapping[tuple[str, str], int]  # (layer, way) -> how many are read

    @classmethod
    def of(cls, assembly: Assembly) -> "Plan":
        """The plan for every layer that may be sampled, deepest first, within the limit; of maps and tokens also the largest and the mean.

        Directions that have names are measured first; latents, of which there are thousands, only where there is room left.
        """
        most = NAMED if assembly.entry.layers else UNNAMED
        chosen, left = dict[str, list[str]](), most
        for name, way, width in _candidates(assembly):
            if width <= left:
                chosen.setdefault(name, []).append(way)
                left -= width
        readings = {name: tuple(chosen[name]) for name in assembly.layers if name in chosen}
        room = MOST - sum(_units(assembly, readings).values())
        for name in reversed(readings):
            over = _pooled_readings(assembly.shapes[name], readings[name])
            width = len(over) * assembly.shapes[name].units
            if width <= room:
                readings[name] += over
                room -= width
        return cls(readings, _units(assembly, readings))

    @property
    def neurons(self) -> int:
        """The number of measured neurons, counting each reading."""
        return sum(self.units.values())

    def directions(self, assembly: Assembly) -> list[str]:
        """A text with the SHA-256 of each measured file of directions, since the files' names do not determine their content."""
        return [
            f"{name} {way} {assembly.shapes[name].directions[way.removeprefix(DIRECTION)].sha256}"
            for name, way in self.units
            if way.startswith(DIRECTION)
        ]

    def rows(self) -> dict[tuple[str, str], slice]:
        """The rows of each (layer, reading) in a table of all neurons."""
        rows, first = {}, 0
        for place, width in self.units.items():
            rows[place] = slice(first, first + width)
            first += width
        return rows


def _candidates(assembly: Assembly) -> Iterator[tuple[str, str, int]]:
    """The layer, reading and number of neurons of each candidate, the most important first."""
    files = [
        (name, f"{DIRECTION}{file}", directions)
        for name in assembly.layers
        for file, directions in assembly.shapes[name].directions.items()
    ]
    yield from (
        (name, way, len(directions.names)) for name, way, directions in files if directions.thresholds is None
    )
    yield from ((name, "center", assembly.shapes[name].units) for name in reversed(assembly.layers))
    yield from (
        (name, way, len(directions.names))
        for name, way, directions in files
        if directions.thresholds is not None
    )


def _pooled_readings(layer: Layer, ways: Sequence[str]) -> tuple[str, ...]:
    """The readings over all positions of a map or of tokens, for a layer that is read at one position."""
    return ("max", "mean") if layer.kind != "vector" and "center" in ways else ()


def _units(assembly: Assembly, readings: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], int]:
    return {
        (name, way): len(layer.directions[way.removeprefix(DIRECTION)].names)
        if way.startswith(DIRECTION)
        else layer.units
        for name, ways in readings.items()
        for way in ways
        for layer in (assembly.shapes[name],)
    }
