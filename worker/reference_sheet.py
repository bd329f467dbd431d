"""The nearest reference images of the evidence, as thumbnails."""

from dataclasses import replace

from inverset.contract.decoding import decode
from inverset.contract.evidence import Evidence, ReferenceSheet
from inverset.gallery import nearest_references
from inverset.sampler.bundle import Bundle


def drawn(bundle: Bundle, measured: Evidence) -> tuple[Evidence, dict[str, bytes]]:
    """The evidence with a note of the sheet of nearest references, and the sheet by its file; no sheet: there are no references."""
    near, reference = measured.nearest_reference, bundle.reference
    numbers = [] if near is None else nearest_references.shown(near.numbers or ())
    if near is None or reference is None or not numbers:
        return measured, {}
    about = decode(ReferenceSheet, nearest_references.described(numbers))
    images = list(reference.images(numbers).permute(0, 2, 3, 1).numpy())
    noted = replace(measured, nearest_reference=replace(near, sheet=about))
    return noted, {nearest_references.FILE: nearest_references.sheet(images)}
