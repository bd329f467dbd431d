"""The confound alarm of a conditional gallery: what its images share that the neuron does not need, in words and pictures."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from inverset.contract import paths
from inverset.contract.evidence import NO_EVIDENCE, Evidence
from inverset.gallery import nearest_references
from inverset.gallery.image_codec import Pixels

FILE = paths.CONFOUNDS
SHOWN = 3  # samples, and pairs of counterfactuals beside them
SHEET = "confound_pictures"  # where evidence tells of the sheet


class SheetCell(NamedTuple):
    """A picture's place on the sheet, for an SVG: starts in the first row, results in the second."""

    column: int
    row: int
    columns: int


def sheet(starts: Sequence[Pixels], ends: Sequence[Pixels]) -> bytes:
    """A WebP of counterfactuals, images (h, w, 3): each column has a start above its result."""
    return nearest_references.sheet([*starts, *ends], len(starts))


def described(pairs: int) -> dict[str, Any]:
    """The sheet's description in the evidence."""
    return {"file": FILE, "pairs": pairs}


def has_sheet(evidence: Evidence | None) -> bool:
    """Whether a sheet was made with the evidence."""
    return (evidence or NO_EVIDENCE).confound_pictures is not None


def pairs(evidence: Evidence | None) -> list[tuple[SheetCell, SheetCell]]:
    """The first few counterfactuals on the sheet: the places of start and result."""
    sheet = (evidence or NO_EVIDENCE).confound_pictures
    count = 0 if sheet is None else sheet.pairs
    return [(SheetCell(index, 0, count), SheetCell(index, 1, count)) for index in range(min(SHOWN, count))]
