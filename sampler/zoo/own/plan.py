"""Which neurons are measured: all of a small network, of a large one those that are named or lie deepest."""

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
    """Layers, and how each is read; "center" of a layer that is no map is its numbers, or those of its first token."""

    readings: Mapping[str, tuple[str, ...]]  # a way is a reading, or ``direction:FILE``
    units: Mapping[tuple[str, str], int]  # (layer, way) -> how many are read

    @classmethod
    def of(cls, assembly: Assembly) -> "Plan":
        """Every layer that may be asked, from the deepest on, as long as there is room; of maps and tokens the largest and the mean, too.

        Directions that have names are measured first; latents, of which there are thousands, only where there is room left.
        """
        most = NAMED if assembly.entry.layers else UNNAMED
        chosen, left = dict[str, list[str]](), most
        for name, way, width in _wishes(assembly):
            if width <= left:
                chosen.setdefault(name, []).append(way)
                left -= width
        readings = {name: tuple(chosen[name]) for name in assembly.layers if name in chosen}
        room = MOST - sum(_units(assembly, readings).values())
        for name in reversed(readings):
            over = _over(assembly.shapes[name], readings[name])
            width = len(over) * assembly.shapes[name].units
            if width <= room:
                readings[name] += over
                room -= width
        return cls(readings, _units(assembly, readings))

    @property
    def neurons(self) -> int:
        """How many are measured, each way of reading one counted."""
        return sum(self.units.values())

    def directions(self, assembly: Assembly) -> list[str]:
        """Content of the files of directions that are measured: a file's name says nothing of what is in it."""
        return [
            f"{name} {way} {assembly.shapes[name].directions[way.removeprefix(DIRECTION)].sha256}"
            for name, way in self.units
            if way.startswith(DIRECTION)
        ]

    def rows(self) -> dict[tuple[str, str], slice]:
        """(layer, way) -> its rows in a table of all."""
        found, first = {}, 0
        for place, width in self.units.items():
            found[place] = slice(first, first + width)
            first += width
        return found


def _wishes(assembly: Assembly) -> Iterator[tuple[str, str, int]]:
    """Layer, way and number of neurons, the most wanted first."""
    files = [
        (name, f"{DIRECTION}{file}", each)
        for name in assembly.layers
        for file, each in assembly.shapes[name].directions.items()
    ]
    yield from ((name, way, len(each.names)) for name, way, each in files if each.thresholds is None)
    yield from ((name, "center", assembly.shapes[name].units) for name in reversed(assembly.layers))
    yield from ((name, way, len(each.names)) for name, way, each in files if each.thresholds is not None)


def _over(layer: Layer, ways: Sequence[str]) -> tuple[str, ...]:
    """Readings over all places of a map or of tokens, where one place is read."""
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
