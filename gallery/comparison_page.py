"""The page of a comparison: a table of all metrics, and a row of pictures for each side."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from inverset.contract.comparison import Comparison
from inverset.contract.manifest import SampleRecord
from inverset.gallery.evidence_view import number
from inverset.gallery.files import File
from inverset.gallery.page import Imaged, coloured, comparison, tile
from inverset.gallery.sheets import evenly
from inverset.jobs import share

_STRIP = 24  # pictures of each side
Picture = tuple[Imaged, bytes]  # a sample and its PNG


def some(rising: Sequence[SampleRecord]) -> Sequence[SampleRecord]:
    """The samples of a side to show: evenly spread, with the lowest and the highest."""
    return evenly(rising, _STRIP)


def files(compared: Comparison, pictures: Sequence[Sequence[Picture]]) -> Iterator[File]:
    """All files of a comparison's folder, given the pictures of each side."""
    sides = []
    for place, (item, chosen) in enumerate(zip(compared.items, pictures, strict=True), 1):
        neuron = item.targets[0].neuron
        for sample, content in chosen:
            yield File.of(_name(place, sample), content)
        tiles = [tile(sample, neuron, _name(place, sample), None) for sample, _ in chosen]
        sides.append(
            {
                **item.to_json(),
                "number": place,
                "samples": tiles,
                "trust": coloured(item.trust),
                "nature": share.sentence(item.share_of_nature),
            }
        )
    yield File.of("comparison.json", json.dumps(compared.to_json(), indent=1, allow_nan=False).encode())
    yield File.of("index.html", comparison(sides, compared.differ, list(_rows(compared))).encode())


def _rows(compared: Comparison) -> Iterator[dict[str, Any]]:
    for row in compared.metrics:
        pairs = zip(row.samples, row.natural, strict=True)
        values = [
            {"samples": number(ours), "natural": None if theirs is None else number(theirs)}
            for ours, theirs in pairs
        ]
        yield {"name": row.name, "meaning": row.meaning, "values": values}


def _name(place: int, sample: Imaged) -> str:
    return f"{place}/{sample.index:06d}.png"
