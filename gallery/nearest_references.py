"""The reference images nearest to samples: thumbnails of them on one sheet, and which is whose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
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
    """Numbers of the references that come onto the sheet, given those nearest to the samples in turn."""
    return list(dict.fromkeys(numbers))[:MOST]


def described(numbers: Sequence[int]) -> dict[str, Any]:
    """What evidence says of a sheet: the thumbnails' numbers, row by row."""
    return {"file": FILE, "columns": _COLUMNS, "numbers": list(numbers)}


def sheet(images: Sequence[Pixels], columns: int = _COLUMNS) -> bytes:
    """A WebP of images (h, w, 3), in rows of so many."""
    side = min(_LARGEST, images[0].shape[0])
    paper = Image.new("RGB", (columns * side, ceil(len(images) / columns) * side))
    for at, image in enumerate(images):
        tile = Image.fromarray(image)
        paper.paste(
            tile if tile.size == (side, side) else tile.resize((side, side), Image.Resampling.LANCZOS),
            (at % columns * side, at // columns * side),
        )
    file = BytesIO()
    paper.save(file, "WEBP", quality=85)
    return file.getvalue()


def has_sheet(evidence: Evidence | None) -> bool:
    """Whether a sheet was made with the evidence."""
    found = (evidence or NO_EVIDENCE).nearest_reference
    return found is not None and found.sheet is not None


def columns(evidence: Evidence | None) -> dict[str, Any] | None:
    """Of all samples in their order the nearest reference's number, distance and activation, and the sheet; None: nobody looked.

    ``activations``: of the first neuron; None in evidence of an earlier version.
    """
    found = (evidence or NO_EVIDENCE).nearest_reference
    return None if found is None else _columns(found)


def _columns(found: NearestReferences) -> dict[str, Any] | None:
    if found.numbers is None:
        return None
    sheet = found.sheet or ReferenceSheet(1, ())
    return {
        "numbers": found.numbers,
        "distances": _short(found.distances),
        "activations": _short(found.activations),
        "columns": sheet.columns,
        "on_sheet": sheet.numbers,
    }


def _short(values: Sequence[float | None] | None) -> list[float | None] | None:
    """Four digits of each are sent."""
    if values is None:
        return None
    return [None if value is None else float(f"{value:.4g}") for value in values]


def of_samples(evidence: Evidence | None, count: int) -> Sequence[NearestReference | None]:
    """Of each sample in turn, its nearest reference; None where nobody looked."""
    found = (evidence or NO_EVIDENCE).nearest_reference
    if found is None or found.numbers is None or found.distances is None:
        return [None] * count
    return [NearestReference(*pair) for pair in zip(found.numbers, found.distances, strict=True)]


class Place(NamedTuple):
    """Where a thumbnail is on the sheet, and how large that is, counted in thumbnails."""

    column: int
    row: int
    columns: int
    rows: int


def on_sheet(evidence: Evidence | None, number: int) -> Place | None:
    """Where the sheet shows a reference image; None: it does not."""
    found = (evidence or NO_EVIDENCE).nearest_reference
    sheet = None if found is None else found.sheet
    if sheet is None or number not in sheet.numbers:
        return None
    row, column = divmod(sheet.numbers.index(number), sheet.columns)
    return Place(column, row, sheet.columns, ceil(len(sheet.numbers) / sheet.columns))


def of_manifest(told: Manifest, evidence: Evidence | None) -> dict[str, Any] | None:
    """``columns`` of a manifest and its evidence, where what is said of single samples stands with them."""
    beside = [each for sample in told.samples if (each := sample.nearest_reference) is not None]
    found = (evidence or NO_EVIDENCE).nearest_reference
    if found is None or not beside or len(beside) < len(told.samples):
        return None
    numbers, distances = tuple(each.number for each in beside), tuple(each.distance for each in beside)
    return _columns(replace(found, numbers=numbers, distances=distances))


def without_lists(evidence: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Evidence as a manifest holds it: what is said of single samples stands with them there."""
    near = (evidence or {}).get("nearest_reference")
    if evidence is None or not near:
        return None if evidence is None else dict(evidence)
    kept = {name: value for name, value in near.items() if name not in {"numbers", "distances"}}
    return {**evidence, "nearest_reference": kept}
