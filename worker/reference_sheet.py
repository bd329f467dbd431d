"""The reference images that the evidence names, as thumbnails: those around the band, and those nearest to the samples."""

from dataclasses import replace

from inverset.contract.decoding import decode
from inverset.contract.evidence import Evidence, ReferenceSheet
from inverset.gallery import nearest_references
from inverset.sampler.bundle import Bundle


def drawn(bundle: Bundle, measured: Evidence) -> tuple[Evidence, dict[str, bytes]]:
    """The evidence with a note of the sheet of reference images, and the sheet by its file; no sheet: there are no references."""
    near, reference, around = measured.nearest_reference, bundle.reference, measured.surroundings
    nearest = () if near is None or near.numbers is None else near.numbers
    numbers = nearest_references.shown([*(around.numbers if around else ()), *nearest])
    if near is None or reference is None or not numbers:
        return measured, {}
    about = decode(ReferenceSheet, nearest_references.described(numbers))
    images = list(reference.images(numbers).permute(0, 2, 3, 1).numpy())
    noted = replace(measured, nearest_reference=replace(near, sheet=about))
    return noted, {nearest_references.FILE: nearest_references.sheet(images)}
