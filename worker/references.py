"""The reference images that evidence speaks of, as thumbnails."""

from typing import Any

from jobs.gallery import near
from sampler.bundle import Bundle


def sheet(bundle: Bundle, evidence: dict[str, Any]) -> bytes | None:
    """Make the sheet of nearest references and note it in the evidence; None: the model has no references."""
    numbers = near.shown(evidence)
    if bundle.reference is None or not numbers:
        return None
    evidence["nearest_reference"]["sheet"] = near.described(numbers)
    return near.sheet(list(bundle.reference.images(numbers).permute(0, 2, 3, 1).numpy()))
