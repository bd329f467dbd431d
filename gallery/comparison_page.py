"""The page of a comparison: a table of all metrics, and a row of pictures for each side."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inverset.contract.comparison import ComparedItem, Comparison
from inverset.contract.manifest import SampleRecord
from inverset.gallery.evidence_view import FIRST, number
from inverset.gallery.files import File
from inverset.gallery.page import Imaged, ShownTrust, Tile, coloured, rendered
from inverset.gallery.sheets import evenly
from inverset.jobs import share

_STRIP = 24  # pictures of each side
_DIFFERENCES = {
    "ranges": "bands",
    "k": "images at once",
    "samples": "number of images",
}  # what pages call them
Picture = tuple[Imaged, bytes]  # a sample and its PNG


@dataclass(frozen=True)
class Side:
    """One of the compared galleries, as the page shows it."""

    number: int  # from 1
    item: ComparedItem
    samples: Sequence[Tile]
    trust: ShownTrust | None
    nature: str | None


@dataclass(frozen=True)
class Cell:
    """The value of a metric, of the samples and of natural images, as text."""

    samples: str
    natural: str | None


@dataclass(frozen=True)
class Row:
    """A metric, with a cell for each side."""

    name: str
    meaning: str
    cells: Sequence[Cell]


def some(rising: Sequence[SampleRecord]) -> Sequence[SampleRecord]:
    """The samples of a side to show: evenly spread, with the lowest and the highest."""
    return evenly(rising, _STRIP)


def differences(compared: Comparison) -> str:
    """What is not the same in the compared galleries, in words: ``method, number of images``; empty: nothing."""
    return ", ".join(_DIFFERENCES.get(each, each) for each in compared.differ)


def files(compared: Comparison, pictures: Sequence[Sequence[Picture]]) -> Iterator[File]:
    """All files of a comparison's folder, given the pictures of each side."""
    sides = []
    for place, (item, chosen) in enumerate(zip(compared.items, pictures, strict=True), 1):
        neuron = item.targets[0].neuron
        for sample, content in chosen:
            yield File.of(_name(place, sample), content)
        tiles = [Tile(sample, neuron, _name(place, sample)) for sample, _ in chosen]
        sides.append(Side(place, item, tiles, coloured(item.trust), share.sentence(item.share_of_nature)))
    yield File.of("comparison.json", json.dumps(compared.to_json(), indent=1, allow_nan=False).encode())
    page = rendered(
        "comparison", sides=sides, differ=differences(compared), rows=list(_rows(compared)), first=FIRST
    )
    yield File.of("index.html", page.encode())


def _rows(compared: Comparison) -> Iterator[Row]:
    """A row for each metric."""
    for row in compared.metrics:
        pairs = zip(row.samples, row.natural, strict=True)
        cells = [Cell(number(ours), None if theirs is None else number(theirs)) for ours, theirs in pairs]
        yield Row(row.name, row.meaning, cells)


def _name(place: int, sample: Imaged) -> str:
    return f"{place}/{sample.index:06d}.png"
