"""The first screen of a gallery: the figures behind its verdict, and natural images around its band."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inverset.contract import titles
from inverset.contract.evidence import NO_EVIDENCE, Evidence, NaturalImages
from inverset.contract.figures import NOTHING
from inverset.gallery import nearest_references
from inverset.gallery.nearest_references import SheetCell

_REDRAWN = "Redrawn: natural images passed through the generator, the best that it can do."


@dataclass(frozen=True)
class Fact:
    """A figure of the trust line."""

    value: str
    words: str
    beside: str | None  # the same of natural images
    meaning: str


@dataclass(frozen=True)
class NaturalImage:
    """A natural image with its activation of the first neuron."""

    number: int
    activation: str
    src: str | None  # a picture of its own; None: its place on the sheet is given
    cell: SheetCell | None = None


@dataclass(frozen=True)
class NaturalRow:
    """Natural images on one side of the band, or in it."""

    name: str  # "just below", "this band" or "just above"
    about: str
    images: Sequence[NaturalImage]


def facts(evidence: Evidence | None) -> list[Fact]:
    """The figures of the trust line, as far as they were measured."""
    known = evidence or NO_EVIDENCE
    return [*_in_band(known), *_natural(known), *_new(known), *_agreed(known)]


def _in_band(evidence: Evidence) -> Iterator[Fact]:
    samples = evidence.samples
    if samples is not None and samples.in_band_rate is not None:
        inside = round(samples.in_band_rate * samples.count)
        yield Fact(
            f"{inside:,} of {samples.count:,}",
            "in the band",
            None,
            "Images whose activation, measured again from the saved file, lies in the band.",
        )


def _natural(evidence: Evidence) -> Iterator[Fact]:
    judge = evidence.judge
    if judge is None or judge.void:
        return
    own, many, best = judge.columns.samples, judge.columns.many, judge.columns.best or NOTHING
    redrawn = judge.columns.ceiling is not None
    if own.precision is not None:
        yield Fact(
            f"{own.precision:.0%}",
            "look natural",
            _of_natural(best.precision, redrawn=redrawn),
            f"Images that look like natural images of the same band to {judge.name}. {_REDRAWN if redrawn else ''}",
        )
    if many.coverage is not None:
        yield Fact(
            f"{many.coverage:.0%}",
            "of natural variety",
            _of_natural(best.coverage, redrawn=redrawn),
            f"Natural images of the band that have one of these images near them, to {judge.name}. {_REDRAWN if redrawn else ''}",
        )


def _new(evidence: Evidence) -> Iterator[Fact]:
    scale = evidence.added.telling if evidence.added else None
    if scale is not None:
        yield Fact(
            f"{1 - scale.nearer:.0%}",
            "new images",
            _of_natural(1 - scale.by_chance),
            "Images that are not close copies of a natural image.",
        )


def _agreed(evidence: Evidence) -> Iterator[Fact]:
    for each in evidence.agreement or ():
        yield Fact(
            f"{each.samples:.0%}",
            f"{each.label} to {each.by}",
            None if each.natural is None else _of_natural(each.natural),
            f"Images that another network, {each.by}, also labels as {each.label}.",
        )


def _of_natural(share: float | None, *, redrawn: bool = False) -> str | None:
    return None if share is None else f"natural images{', redrawn' if redrawn else ''}: {share:.0%}"


def natural_rows(evidence: Evidence | None) -> list[NaturalRow]:
    """Natural images just below the band, in it, and just above it, on the sheet of the evidence; empty: not measured."""
    around = (evidence or NO_EVIDENCE).surroundings
    if around is None:
        return []
    rows = (("just below", around.below), ("this band", around.inside), ("just above", around.above))
    return [NaturalRow(name, _chosen_between(images), _on_sheet(evidence, images)) for name, images in rows]


def _chosen_between(images: NaturalImages) -> str:
    return f"natural, {titles.between(images.quantiles)}" if images.quantiles else "no natural image"


def _on_sheet(evidence: Evidence | None, images: NaturalImages) -> list[NaturalImage]:
    return [
        NaturalImage(number, f"{activation:.4g}", None, cell)
        for number, activation in zip(images.numbers, images.activations, strict=True)
        if (cell := nearest_references.on_sheet(evidence, number)) is not None
    ]
