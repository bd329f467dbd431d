"""The reference images nearest to the samples: one sheet of thumbnails, and the place of each sample's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from math import ceil
from typing import Any, NamedTuple

from PIL import Image

from inverset.contract import paths
from inverset.contract.evidence import NO_EVIDENCE, Evidence, NearestReferences, ReferenceSheet
from inverset.contract.manifest import Manifest, NearestReference
from inverset.gallery.image_codec import Pixels

FILE = paths.NEAREST_REFERENCES
MOST = 1000  # thumbnails
_COLUMNS, _LARGEST = 32, 96  # thumbnails in a row; pixels of one


def shown(numbers: Iterable[int]) -> list[int]:
    """The numbers of the references on the sheet, given the nearest one of each sample."""
    return list(dict.fromkeys(numbers))[:MOST]


def described(numbers: Sequence[int]) -> dict[str, Any]:
    """The sheet's description in the evidence: the thumbnails' numbers, row by row."""
    return {"file": FILE, "columns": _COLUMNS, "numbers": list(numbers)}


def sheet(images: Sequence[Pixels], columns: int = _COLUMNS) -> bytes:
    """A WebP of images (h, w, 3), in rows of ``columns``."""
    side = min(_LARGEST, images[0].shape[0])
    paper = Image.new("RGB", (columns * side, ceil(len(images) / columns) * side))
    for index, image in enumerate(images):
        tile = Image.fromarray(image)
        paper.paste(
            tile if tile.size == (side, side) else tile.resize((side, side), Image.Resampling.LANCZOS),
            (index % columns * side, index // columns * side),
        )
    file = BytesIO()
    paper.save(file, "WEBP", quality=85)
    return file.getvalue()


def has_sheet(evidence: Evidence | None) -> bool:
    """Whether a sheet was made with the evidence."""
    nearest = (evidence or NO_EVIDENCE).nearest_reference
    return nearest is not None and nearest.sheet is not None


@dataclass(frozen=True)
class NearestColumns:
    """For all samples in order, number, distance and activation of the nearest reference; and the sheet."""

    numbers: Sequence[int]
    distances: list[float | None] | None
    activations: list[float | None] | None  # of the first neuron; None in evidence of an earlier version
    columns: int  # of the sheet
    on_sheet: Sequence[int]
    sheet: str  # where the page finds it


def columns(evidence: Evidence | None, file: str) -> NearestColumns | None:
    """The columns of all samples; None: not measured. ``file``: where the page finds the sheet."""
    nearest = (evidence or NO_EVIDENCE).nearest_reference
    return None if nearest is None else _columns(nearest, file)


def _columns(nearest: NearestReferences, file: str) -> NearestColumns | None:
    if nearest.numbers is None:
        return None
    sheet = nearest.sheet or ReferenceSheet(columns=1, numbers=())
    distances, activations = _short(nearest.distances), _short(nearest.activations)
    return NearestColumns(nearest.numbers, distances, activations, sheet.columns, sheet.numbers, file)


def _short(values: Sequence[float | None] | None) -> list[float | None] | None:
    """The values with four digits."""
    if values is None:
        return None
    return [None if value is None else float(f"{value:.4g}") for value in values]


def of_samples(evidence: Evidence | None, count: int) -> Sequence[NearestReference | None]:
    """The nearest reference of each sample in order; None: not measured."""
    nearest = (evidence or NO_EVIDENCE).nearest_reference
    if nearest is None or nearest.numbers is None or nearest.distances is None:
        return [None] * count
    return [NearestReference(*pair) for pair in zip(nearest.numbers, nearest.distances, strict=True)]


class SheetCell(NamedTuple):
    """A thumbnail's place on the sheet, and the sheet's size, in thumbnails."""

    column: int
    row: int
    columns: int
    rows: int


def on_sheet(evidence: Evidence | None, number: int) -> SheetCell | None:
    """A reference image's place on the sheet; None: it is not there."""
    nearest = (evidence or NO_EVIDENCE).nearest_reference
    sheet = None if nearest is None else nearest.sheet
    if sheet is None or number not in sheet.numbers:
        return None
    row, column = divmod(sheet.numbers.index(number), sheet.columns)
    return SheetCell(column, row, sheet.columns, ceil(len(sheet.numbers) / sheet.columns))


def of_manifest(manifest: Manifest, evidence: Evidence | None, file: str) -> NearestColumns | None:
    """``columns`` of a manifest and its evidence, where each sample's record has its own nearest reference."""
    beside = [each for sample in manifest.samples if (each := sample.nearest_reference) is not None]
    nearest = (evidence or NO_EVIDENCE).nearest_reference
    if nearest is None or not beside or len(beside) < len(manifest.samples):
        return None
    numbers, distances = tuple(each.number for each in beside), tuple(each.distance for each in beside)
    activations = (
        None if manifest.chosen else nearest.activations
    )  # they are those of all samples, in their order
    return _columns(replace(nearest, numbers=numbers, distances=distances, activations=activations), file)


def without_lists(evidence: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The evidence for a manifest: each sample's record has its own nearest reference instead."""
    near = (evidence or {}).get("nearest_reference")
    if evidence is None or not near:
        return None if evidence is None else dict(evidence)
    kept = {name: value for name, value in near.items() if name not in {"numbers", "distances"}}
    return {**evidence, "nearest_reference": kept}
