"""What the form for a new job shows of each neuron: its band, and its activations on natural images."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from inverset.api.web import bands
from inverset.api.web.draft import Draft, NeuronRow
from inverset.api.web.scales import Scale
from inverset.contract.errors import Complaint, InvalidSpec, NotFound
from inverset.gallery import histogram
from inverset.jobs import catalogue, neurons
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.spec import NeuronRange

Reference = Mapping[str, Any] | None
FIRST_BAND = ("0.95", "0.99", "quantiles")  # the default


def with_neuron(draft: Draft, offered: Catalogue) -> Draft:
    """The draft, with a default neuron if it names none."""
    if draft.rows:
        return draft
    layer = offered["layers"][-1]["name"]
    return draft._replace(rows=(NeuronRow(next(neurons.listed(offered, layer))),))


def with_bands(draft: Draft, offered: Catalogue) -> Draft:
    """The draft, with a default band for each measured neuron that has none."""
    return draft._replace(rows=tuple(_banded(each, offered) for each in draft.rows))


def rows(
    draft: Draft, offered: Catalogue, scale: str, reference: Callable[[str], Reference]
) -> Iterator[dict[str, Any]]:
    """For each neuron its name and the figure to choose its band in; figure is None if nothing was measured."""
    for each in draft.rows:
        row: dict[str, Any] = {"typed": each, "name": None, "figure": None, "wrong": None}
        try:
            row["name"] = neurons.find(offered, each.neuron) if each.neuron.strip() else None
        except NotFound as error:
            row["wrong"] = str(error)
        if row["name"] and (measured := offered["neurons"].get(row["name"])):
            row["figure"] = with_band(each, offered, measured, scale, reference(row["name"]))
        yield row


def figure(measured: Mapping[str, Any], scale: str, reference: Reference) -> tuple[Scale, dict[str, Any]]:
    """The axis of a histogram of natural images and the data shown with it; needs only the measurements.

    Args:
        measured: of the neuron, in the catalogue.
        scale: "even" in activations, else stretched.
        reference: as ``inverset.api.references`` gives it; None: nothing was chosen (yet).
    """
    quantiles = measured["quantiles"]
    rest = {"measured": measured, "bins": reference["bins"] if reference else []}
    if scale != "even":
        return Scale.stretched(quantiles), {**rest, "stretched": True}
    counted = (reference["edges"], reference["counts"]) if reference else histogram.of_quantiles(quantiles)
    return Scale.even(*counted), {**rest, "stretched": False}


def with_band(
    row: NeuronRow, offered: Catalogue, measured: Mapping[str, Any], scale: str, reference: Reference
) -> dict[str, Any]:
    """The histogram with the band of the form, drawn and in words."""
    band = _band(row, offered)
    axis, rest = figure(measured, scale, reference)
    ends = {name: getattr(row, name) for name in ("low", "high", "by")}
    return {**axis.drawn(band), **rest, **bands.describe(measured["quantiles"], band, ends)}


def beside(complaints: Sequence[Complaint], *place: str | int) -> list[str]:
    """The messages of the complaints about one field of the form."""
    return [each["msg"] for each in complaints if tuple(each["loc"][: len(place)]) == place]


def elsewhere(complaints: Sequence[Complaint], places: Sequence[str]) -> list[str]:
    """The messages of the complaints about none of these fields."""
    return [
        each["msg"] for each in complaints if each["loc"] in ([], ["neurons"]) or each["loc"][0] not in places
    ]


def _banded(row: NeuronRow, offered: Catalogue) -> NeuronRow:
    if row.low or row.high:
        return row
    try:
        measured = neurons.find(offered, row.neuron) in offered["neurons"]
    except NotFound:
        return row
    return NeuronRow(row.neuron, *FIRST_BAND) if measured else row


def _band(row: NeuronRow, offered: Catalogue) -> tuple[float, float] | None:
    """The band in activations; None: the form holds no valid band."""
    try:
        asked = NeuronRange.model_validate(row.body()).range
        return None if asked is None else catalogue.numbers(offered, row.neuron, asked)
    except (ValueError, InvalidSpec):
        return None
