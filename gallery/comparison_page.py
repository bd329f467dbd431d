"""The page of a comparison: a table of all metrics, and for each side a row of pictures."""

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
    """The samples that are shown of a side: evenly chosen, the lowest and the highest among them."""
    return evenly(rising, _STRIP)


def files(found: Comparison, pictures: Sequence[Sequence[Picture]]) -> Iterator[File]:
    """All files of a comparison, as ``comparison.compare`` gives it, with the pictures of each side."""
    sides = []
    for at, (item, chosen) in enumerate(zip(found.items, pictures, strict=True), 1):
        neuron = item.targets[0].neuron
        for sample, content in chosen:
            yield File.of(_name(at, sample), content)
        told = [tile(sample, neuron, _name(at, sample), None) for sample, _ in chosen]
        sides.append(
            {
                **item.to_json(),
                "number": at,
                "samples": told,
                "trust": coloured(item.trust),
                "nature": share.said(item.share_of_nature),
            }
        )
    yield File.of("comparison.json", json.dumps(found.to_json(), indent=1, allow_nan=False).encode())
    yield File.of("index.html", comparison(sides, found.differ, list(_rows(found))).encode())


def _rows(found: Comparison) -> Iterator[dict[str, Any]]:
    for row in found.metrics:
        pairs = zip(row.samples, row.natural, strict=True)
        told = [
            {"samples": number(ours), "natural": None if its is None else number(its)} for ours, its in pairs
        ]
        yield {"name": row.name, "meaning": row.meaning, "values": told}


def _name(at: int, sample: Imaged) -> str:
    return f"{at}/{sample.index:06d}.png"
