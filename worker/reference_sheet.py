"""The nearest reference images of the evidence, as thumbnails."""

from typing import Any

from inverset.gallery import nearest_references
from inverset.sampler.bundle import Bundle


def sheets(bundle: Bundle, evidence: dict[str, Any] | None) -> dict[str, bytes]:
    """Note the sheet of nearest references in the evidence, and return it by its file; empty: the model has no references."""
    near = None if evidence is None else evidence["nearest_reference"]
    numbers = [] if near is None else nearest_references.shown(near["numbers"])
    if near is None or bundle.reference is None or not numbers:
        return {}
    near["sheet"] = nearest_references.described(numbers)
    return {
        nearest_references.FILE: nearest_references.sheet(
            list(bundle.reference.images(numbers).permute(0, 2, 3, 1).numpy())
        )
    }
