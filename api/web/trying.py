"""What a neuron's page shows of images that its reader tries: each on the axis of the histogram, and the units that it drives."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inverset.api.web.scales import Knot, Scale
from inverset.contract.errors import NotFound
from inverset.contract.image_tries import TriedImage
from inverset.jobs import image_tries
from inverset.jobs.lifecycle import ACTIVE
from inverset.jobs.tables import ImageTry

_APART = 4.5  # of the axis' 100, between two pins on one level


@dataclass(frozen=True)
class Shown:
    """An image, and where it stands on the axis."""

    image: TriedImage
    reference: int | None  # number of a natural image; None: it is the user's
    place: float | None  # 0 to 100; None: there is no axis, or no activation
    level: int  # pins that would overlap stand on levels below each other

    @property
    def standing(self) -> str:
        """The place among natural images in words; empty: it is not known."""
        return standing(self.image.percentile)


@dataclass(frozen=True)
class Tried:
    """Images that are tried: waiting, answered, failed, or deleted already."""

    waits: bool = False
    error: str | None = None
    shown: Sequence[Shown] = ()

    @property
    def levels(self) -> int:
        """How many levels of pins there are."""
        return 1 + max((each.level for each in self.shown), default=0)


GONE = Tried(error="These results were deleted: they are kept for ten minutes. Send the images again.")


def found(session: Session, owner: str, try_id: str, knots: Sequence[Knot]) -> Tried:
    """A user's request by its id, on an axis; ``GONE`` if there is none any more."""
    try:
        row = image_tries.one(session, owner, try_id)
    except NotFound:
        return GONE
    if row.state in ACTIVE:
        return Tried(waits=True)
    return Tried(error=row.error, shown=_shown(row, knots) if row.images else ())


def standing(percentile: float | None) -> str:
    """A place among natural images in words; empty: it is not known."""
    if percentile is None:
        return ""
    if percentile in (0, 100):
        return "below all natural images" if percentile == 0 else "above all natural images"
    return f"above {min(99.9, max(0.1, percentile)):.1f}% of natural images"


def _shown(row: ImageTry, knots: Sequence[Knot]) -> list[Shown]:
    images = row.results or []
    references = [file.get("reference") for file in row.files]
    scale = Scale([*knots], [], []) if knots else None
    places = [
        None if scale is None or each.activation is None else round(scale.place(each.activation), 2)
        for each in images
    ]
    levels = _levels(places)
    return [
        Shown(image, number if isinstance(number, int) else None, place, level)
        for image, number, place, level in zip(images, references, places, levels, strict=True)
    ]


def _levels(places: Sequence[float | None]) -> list[int]:
    """The level of each pin: the first on which it has room beside those further left."""
    levels, ends = [0] * len(places), list[float]()
    for place, at in sorted((place, at) for at, place in enumerate(places) if place is not None):
        level = next((number for number, end in enumerate(ends) if place - end >= _APART), len(ends))
        ends[level:] = [place, *ends[level + 1 :]]
        levels[at] = level
    return levels
