"""The alarm of a conditional gallery: what its images have in common that the neuron does not need, in words and pictures."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from inverset.contract import paths
from inverset.contract.evidence import NO_EVIDENCE, Evidence
from inverset.gallery import nearest_references
from inverset.gallery.image_codec import Pixels

FILE = paths.CONFOUNDS
SHOWN = 3  # samples, and pairs of counterfactuals beside them
SHEET = "confound_pictures"  # where evidence tells of the sheet


class Place(NamedTuple):
    """Where a picture is on the sheet, as an SVG wants it: starts stand in its first row, what became of them below."""

    column: int
    row: int
    columns: int


def sheet(starts: Sequence[Pixels], ends: Sequence[Pixels]) -> bytes:
    """A WebP of counterfactuals, images (h, w, 3): in each column what it began as and what became of it."""
    return nearest_references.sheet([*starts, *ends], len(starts))


def described(pairs: int) -> dict[str, Any]:
    """What evidence says of a sheet."""
    return {"file": FILE, "pairs": pairs}


def has_sheet(evidence: Evidence | None) -> bool:
    """Whether a sheet was made with the evidence."""
    return (evidence or NO_EVIDENCE).confound_pictures is not None


def pairs(evidence: Evidence | None) -> list[tuple[Place, Place]]:
    """The first few counterfactuals on the sheet: where each began, and what became of it."""
    sheet = (evidence or NO_EVIDENCE).confound_pictures
    count = 0 if sheet is None else sheet.pairs
    return [(Place(at, 0, count), Place(at, 1, count)) for at in range(min(SHOWN, count))]
