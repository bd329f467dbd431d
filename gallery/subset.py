"""Some of a gallery's samples, named as "0-4,9", as a gallery of its own."""

from collections.abc import Collection
from dataclasses import replace

from inverset.contract.errors import Complaint, InvalidSpec, NotFound
from inverset.contract.manifest import Chosen
from inverset.gallery.chunks import Arrays
from inverset.gallery.contents import Gallery

MOST = 5000  # samples


def numbers(text: str) -> frozenset[int]:
    """The indices in a text such as "0-4,9".

    Raises:
        InvalidSpec: it is not of that form, or names none or more than MOST.
    """
    chosen: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not all(
            each.isascii() and each.isdecimal() and len(each) < 12
            for each in (first, last if dash else first)
        ):
            raise _refused(
                f"{part[:40]!r} is neither a sample's number nor the first and the last of some, as 0-4"
            )
        several = range(int(first), int(last or first) + 1)
        if not 0 < len(several) <= MOST:
            raise _refused(f"{part!r} names {len(several)} samples; name 1 to {MOST}")
        chosen.update(several)
        if len(chosen) > MOST:
            raise _refused(f"name {MOST} samples at most, or take the whole gallery")
    return frozenset(chosen)


def chosen(gallery: Gallery, which: Collection[int]) -> Gallery:
    """The gallery with those samples alone; the evidence stays that of all, and the manifest says so.

    Raises:
        NotFound: it has no such sample.
    """
    places = [place for place, sample in enumerate(gallery.samples) if sample.index in which]
    if missing := set(which) - {gallery.samples[place].index for place in places}:
        raise NotFound(f"it has no sample {min(missing)}, or not yet")
    samples = tuple(gallery.samples[place] for place in places)
    manifest = replace(gallery.manifest, samples=samples, chosen=Chosen(len(gallery.samples)))

    def arrays() -> Arrays:
        return {name: values[places] for name, values in gallery.arrays().items()}

    return replace(gallery, manifest=manifest, arrays=arrays, laid_out=None)


def _refused(message: str) -> InvalidSpec:
    return InvalidSpec([Complaint(loc=["samples"], msg=message)])
