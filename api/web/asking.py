"""What the form for a new job shows of each neuron: its band, and its activations on natural images."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from inverset.api.schemas import ReferenceAnswer, ReferenceBin, ReferenceImage
from inverset.api.web import bands
from inverset.api.web.draft import Draft, NeuronRow
from inverset.api.web.scales import Knot, Scale
from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue, NeuronStatistics
from inverset.contract.errors import Complaint, InvalidSpec, NotFound
from inverset.contract.spec import NeuronRange
from inverset.gallery import histogram
from inverset.gallery.histogram import Span
from inverset.jobs import neurons

Reference = ReferenceAnswer | None  # of ``inverset.api.references``; None: nothing was chosen (yet)
APART = 6.9  # of the 100 of a ruler, between two natural images on it
FIRST_BAND = ("0.95", "0.99", "quantiles")  # the default


@dataclass(frozen=True)
class Standing:
    """A natural image at its percentile."""

    place: float  # 0 to 100
    image: ReferenceImage
    inside: bool  # the band


@dataclass(frozen=True)
class Figure:
    """A neuron's activations on natural images, as a histogram or as a ruler of percentiles, with a band."""

    outline: str
    band: Span | None
    ticks: Sequence[tuple[float, str, str]]
    knots: Sequence[Knot]
    measured: dict[str, Any]  # in JSON, for the script
    bins: Sequence[ReferenceBin]
    stretched: bool  # it is a ruler of percentiles
    standing: Sequence[Standing] = ()  # natural images on the ruler
    says: str = ""  # about the band
    warns: str = ""


@dataclass(frozen=True)
class Row:
    """A neuron of the form."""

    typed: NeuronRow
    name: str | None = None  # its canonical name; None: there is no such neuron
    figure: Figure | None = None  # None: nothing was measured
    wrong: str | None = None


def with_neuron(draft: Draft, offered: Catalogue) -> Draft:
    """The draft, with a default neuron if it names none."""
    if draft.rows:
        return draft
    layer = offered.layers[-1].name
    return draft._replace(rows=(NeuronRow(next(neurons.listed(offered, layer))),))


def with_bands(draft: Draft, offered: Catalogue) -> Draft:
    """The draft, with a default band for each measured neuron that has none."""
    return draft._replace(rows=tuple(_banded(each, offered) for each in draft.rows))


def rows(
    draft: Draft, offered: Catalogue, scale: str, reference: Callable[[str], Reference]
) -> Iterator[Row]:
    """For each neuron its name and the figure to choose its band in."""
    for each in draft.rows:
        try:
            name = neurons.find(offered, each.neuron) if each.neuron.strip() else None
        except NotFound as error:
            yield Row(each, wrong=str(error))
            continue
        measured = offered.neurons.get(name) if name else None
        if name is None or measured is None:
            yield Row(each, name)
        else:
            yield Row(each, name, with_band(each, offered, measured, scale, reference(name)))


def figure(
    measured: NeuronStatistics, scale: str, reference: Reference, band: tuple[float, float] | None = None
) -> Figure:
    """The activations on natural images; needs only the measurements.

    Args:
        measured: of the neuron, in the catalogue.
        scale: "even": a histogram, even in activations; else a ruler of percentiles.
        reference: the reference images chosen for it.
        band: in activations; None: there is none.
    """
    quantiles, even = measured.quantiles, scale == "even"
    if not even:
        axis = Scale.percentiles(quantiles)
    elif reference:
        axis = Scale.even(reference.edges, reference.counts)
    else:
        axis = Scale.even(*histogram.of_quantiles(quantiles))
    bins = reference.bins if reference else []
    standing = [] if even else _standing(axis, bins, band)
    return Figure(*axis.drawn(band), asdict(measured), bins, not even, standing)


def with_band(
    row: NeuronRow, offered: Catalogue, measured: NeuronStatistics, scale: str, reference: Reference
) -> Figure:
    """The histogram with the band of the form, drawn and in words."""
    band = _band(row, offered)
    says, warns = bands.describe(measured.quantiles, band, row.low, row.high, row.by)
    return replace(figure(measured, scale, reference, band), says=says, warns=warns)


def beside(complaints: Sequence[Complaint], *place: str | int) -> list[str]:
    """The messages of the complaints about one field of the form."""
    return [each.msg for each in complaints if tuple(each.loc[: len(place)]) == place]


def elsewhere(complaints: Sequence[Complaint], places: Sequence[str]) -> list[str]:
    """The messages of the complaints about none of these fields."""
    return [each.msg for each in complaints if each.loc in ([], ["neurons"]) or each.loc[0] not in places]


def _standing(axis: Scale, bins: Sequence[ReferenceBin], band: tuple[float, float] | None) -> list[Standing]:
    """Natural images that have room beside each other on the axis, from its left on; those in the band come first."""
    places = [(axis.place(image.activation), image) for each in bins for image in each.images]
    kept: list[tuple[float, ReferenceImage]] = []
    for place, image in sorted(places, key=lambda each: (not _inside(each[1], band), each[0])):
        if APART / 2 <= place <= 100 - APART / 2 and all(abs(place - other) >= APART for other, _ in kept):
            kept.append((place, image))
    return [
        Standing(round(place, 2), image, _inside(image, band))
        for place, image in sorted(kept, key=lambda each: each[0])
    ]


def _inside(image: ReferenceImage, band: tuple[float, float] | None) -> bool:
    return band is not None and band[0] <= image.activation <= band[1]


def _banded(row: NeuronRow, offered: Catalogue) -> NeuronRow:
    if row.low or row.high:
        return row
    try:
        measured = neurons.find(offered, row.neuron) in offered.neurons
    except NotFound:
        return row
    return NeuronRow(row.neuron, *FIRST_BAND) if measured else row


def _band(row: NeuronRow, offered: Catalogue) -> tuple[float, float] | None:
    """The band in activations; None: the form holds no valid band."""
    try:
        asked = NeuronRange.model_validate(row.body()).range
        return None if asked is None else resolution.numbers(offered, row.neuron, asked)
    except (ValueError, InvalidSpec):
        return None
