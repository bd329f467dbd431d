"""The reference images nearest to samples: thumbnails of them on one sheet, and which is whose."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from math import ceil
from typing import Any, NamedTuple

from PIL import Image

from inverset.contract import paths
from inverset.gallery.image_codec import Pixels

FILE = paths.NEAREST_REFERENCES
MOST = 1000  # thumbnails
_COLUMNS, _LARGEST = 32, 96  # thumbnails in a row; pixels of one


def shown(evidence: Mapping[str, Any] | None) -> list[int]:
    """Numbers of the references that come onto the sheet, in the order of the samples nearest to them."""
    found = _found(evidence)
    return list(dict.fromkeys(found["numbers"]))[:MOST] if found else []


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


def has_sheet(evidence: Mapping[str, Any] | None) -> bool:
    """Whether a sheet was made with the evidence."""
    found = (evidence or {}).get("nearest_reference")
    return bool(found and found.get("sheet"))


def columns(evidence: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Of all samples in their order the nearest reference's number, distance and activation, and the sheet; None: nobody looked.

    ``activations``: of the first neuron; None in evidence of an earlier version.
    """
    found = _found(evidence)
    if found is None:
        return None
    sheet = found.get("sheet") or {"columns": 1, "numbers": []}
    return {
        "numbers": found["numbers"],
        "distances": _short(found["distances"]),
        "activations": _short(found.get("activations")),
        "columns": sheet["columns"],
        "on_sheet": sheet["numbers"],
    }


def _short(values: Sequence[float] | None) -> list[float] | None:
    """Four digits of each are sent."""
    return None if values is None else [float(f"{value:.4g}") for value in values]


def of_samples(evidence: Mapping[str, Any] | None, count: int) -> Iterable[dict[str, Any] | None]:
    """Of each sample in turn, its nearest reference; None where nobody looked."""
    found = _found(evidence)
    if found is None:
        return [None] * count
    pairs = zip(found["numbers"], found["distances"], strict=True)
    return [{"number": number, "distance": distance} for number, distance in pairs]


class Place(NamedTuple):
    """Where a thumbnail is on the sheet, and how large that is, counted in thumbnails."""

    column: int
    row: int
    columns: int
    rows: int


def on_sheet(evidence: Mapping[str, Any] | None, number: int) -> Place | None:
    """Where the sheet shows a reference image; None: it does not."""
    sheet = (_found(evidence) or {}).get("sheet")
    if not sheet or number not in sheet["numbers"]:
        return None
    row, column = divmod(sheet["numbers"].index(number), sheet["columns"])
    return Place(column, row, sheet["columns"], ceil(len(sheet["numbers"]) / sheet["columns"]))


def of_manifest(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """``columns`` of a manifest, where what is said of single samples stands with them."""
    beside = [sample["nearest_reference"] for sample in told["samples"]]
    if not beside or None in beside:
        return None
    lists = {
        name: [each[one] for each in beside]
        for name, one in (("numbers", "number"), ("distances", "distance"))
    }
    found = told["evidence"]["nearest_reference"]
    return columns({"nearest_reference": {**found, **lists}})


def without_lists(evidence: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Evidence as a manifest holds it: what is said of single samples stands with them there."""
    if evidence is None or _found(evidence) is None:
        return None if evidence is None else dict(evidence)
    kept = {
        name: value
        for name, value in evidence["nearest_reference"].items()
        if name not in {"numbers", "distances"}
    }
    return {**evidence, "nearest_reference": kept}


def _found(evidence: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The nearest references, if they are told of each sample."""
    found = (evidence or {}).get("nearest_reference")
    return found if found and "numbers" in found else None
