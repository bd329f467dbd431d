"""Which neurons are measured: all of a small network, of a large one those that are named or lie deepest."""

from collections.abc import Mapping
from dataclasses import dataclass

from sampler.zoo.own.assembly import Assembly

NAMED, UNNAMED = (
    20_000,
    4_000,
)  # neurons that are measured at most: where layers are named in the entry, and where not


@dataclass(frozen=True)
class Plan:
    """Layers, and how each is read; "center" of a layer that is no map is its numbers."""

    readings: Mapping[str, tuple[str, ...]]
    units: Mapping[str, int]

    @classmethod
    def of(cls, assembly: Assembly) -> "Plan":
        """Every layer that may be asked, from the deepest on, for as long as there is room; maps in all three ways if that fits."""
        most = NAMED if assembly.entry.layers else UNNAMED
        chosen, left = [], most
        for name in reversed(assembly.layers):
            if assembly.shapes[name].units <= left:
                chosen.append(name)
                left -= assembly.shapes[name].units
        chosen.reverse()
        all_ways = {
            name: ("center", "max", "mean") if assembly.shapes[name].size else ("center",) for name in chosen
        }
        units = {name: assembly.shapes[name].units for name in chosen}
        full = sum(units[name] * len(ways) for name, ways in all_ways.items())
        if full > UNNAMED:
            all_ways = dict.fromkeys(chosen, ("center",))
        return cls(all_ways, units)

    @property
    def neurons(self) -> int:
        """How many are measured, each way of reading one counted."""
        return sum(self.units[name] * len(ways) for name, ways in self.readings.items())

    def rows(self) -> dict[tuple[str, str], slice]:
        """(layer, reading) -> its rows in a table of all."""
        found, first = {}, 0
        for name, ways in self.readings.items():
            for way in ways:
                found[name, way] = slice(first, first + self.units[name])
                first += self.units[name]
        return found
