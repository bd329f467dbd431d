"""Natural images in and around a band, of the images chosen for its neuron."""

from collections.abc import Sequence
from math import ceil

from inverset.api import references
from inverset.api.deps import Services
from inverset.api.schemas import ReferenceAnswer, ReferenceImage
from inverset.contract.evidence import BandHistogram
from inverset.contract.question import Band, Target
from inverset.gallery import evidence_view
from inverset.gallery.evidence_view import ShownHistogram
from inverset.gallery.histogram import below, rising
from inverset.gallery.sheets import evenly
from inverset.gallery.summary import NaturalImage, NaturalRow
from inverset.jobs.tables import Job

ROW = 6  # images
_WIDEST = 400  # bars of a histogram that is widened to hold its band


def chosen(services: Services, model: str, neuron: str) -> list[ReferenceImage]:
    """The images chosen for a neuron, by rising activation; none where none were chosen (yet)."""
    found = references.if_chosen(services, model, neuron)
    return _images(found) if found else []


def in_band(images: Sequence[ReferenceImage], band: Band, most: int) -> Sequence[ReferenceImage]:
    """At most so many of the images whose activation lies in the band, evenly spread; none where any activation will do."""
    if band.is_open:
        return []
    return evenly([image for image in images if band.low <= image.activation <= band.high], most)


def around(services: Services, job: Job) -> tuple[list[ShownHistogram], list[NaturalRow]]:
    """Where the band of the first neuron lies among natural images, and images around it; both empty where none were chosen.

    For jobs without evidence that names some.
    """
    target = job.targets[0]
    found = None if target.band.is_open else references.if_chosen(services, job.model, target.neuron)
    if found is None:
        return [], []
    histogram = _histogram(found, target)
    return evidence_view.shown_histograms([histogram] if histogram else []), _rows(found, target)


def _rows(found: ReferenceAnswer, target: Target) -> list[NaturalRow]:
    images, band = _images(found), target.band
    sides = {
        "just below": [each for each in images if each.activation < band.low][-ROW:],
        "this band": in_band(images, band, ROW),
        "just above": [each for each in images if each.activation > band.high][:ROW],
    }
    return [NaturalRow(name, _about(some), list(map(_shown, some))) for name, some in sides.items()]


def _images(found: ReferenceAnswer) -> list[ReferenceImage]:
    return [image for each in found.bins for image in each.images]


def _about(images: Sequence[ReferenceImage]) -> str:
    if not images:
        return "no natural image"
    low, high = (evidence_view.number(each.activation) for each in (images[0], images[-1]))
    return f"natural, {low} to {high}"


def _shown(image: ReferenceImage) -> NaturalImage:
    return NaturalImage(image.number, f"{image.activation:.4g}", str(image.links["image"]))


def _histogram(found: ReferenceAnswer, target: Target) -> BandHistogram | None:
    """The histogram, widened to hold the band; None: the band lies too far off to be drawn."""
    first, last = found.edges
    width = (last - first) / len(found.counts)
    if width <= 0:
        return None
    before, after = (
        max(0, ceil(each / width)) for each in (first - target.band.low, target.band.high - last)
    )
    if before + after + len(found.counts) > _WIDEST:
        return None
    points = rising({str(each.from_): each.low for each in found.bins} | {"1": last})
    low, high = (below(points, end) for end in (target.band.low, target.band.high))
    return BandHistogram(
        target.neuron,
        found.references,
        (first - before * width, last + after * width),
        (*[0] * before, *found.counts, *[0] * after),
        range=(target.band.low, target.band.high),
        below=low,
        inside=high - low,
        above=1 - high,
    )
