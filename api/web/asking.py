"""What the form of a new job shows of each neuron: where its band lies, and what natural images do there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from inverset.api.web import bands
from inverset.api.web.draft import Draft, Wanted
from inverset.api.web.scales import Scale
from inverset.gallery import histogram
from inverset.jobs import catalogue, neurons
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.lifecycle import Complaint, InvalidSpec, NotFound
from inverset.jobs.spec import NeuronRange

Reference = Mapping[str, Any] | None
FIRST_BAND = ("0.95", "0.99", "quantiles")  # where nothing is said


def with_neuron(draft: Draft, offered: Catalogue) -> Draft:
    """With a neuron where none is named yet."""
    if draft.wanted:
        return draft
    layer = offered["layers"][-1]["name"]
    return draft._replace(wanted=(Wanted(next(neurons.listed(offered, layer))),))


def with_bands(draft: Draft, offered: Catalogue) -> Draft:
    """With a band for each neuron that has none yet, where something was measured of it."""
    return draft._replace(wanted=tuple(_banded(each, offered) for each in draft.wanted))


def rows(
    draft: Draft, offered: Catalogue, scale: str, reference: Callable[[str], Reference]
) -> Iterator[dict[str, Any]]:
    """For each neuron what it is, and the figure to choose its band in; None where nothing was measured."""
    for each in draft.wanted:
        told: dict[str, Any] = {"typed": each, "name": None, "figure": None, "wrong": None}
        try:
            told["name"] = neurons.find(offered, each.neuron) if each.neuron.strip() else None
        except NotFound as error:
            told["wrong"] = str(error)
        if told["name"] and (measured := offered["neurons"].get(told["name"])):
            told["figure"] = with_band(each, offered, measured, scale, reference(told["name"]))
        yield told


def figure(measured: Mapping[str, Any], scale: str, reference: Reference) -> tuple[Scale, dict[str, Any]]:
    """The axis of a histogram of natural images, and what is shown with it; only what was measured is needed.

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
    wanted: Wanted, offered: Catalogue, measured: Mapping[str, Any], scale: str, reference: Reference
) -> dict[str, Any]:
    """A histogram with the band that a form asks for, in a picture and in words."""
    band = _band(wanted, offered)
    axis, rest = figure(measured, scale, reference)
    ends = {name: getattr(wanted, name) for name in ("low", "high", "by")}
    return {**axis.drawn(band), **rest, **bands.describe(measured["quantiles"], band, ends)}


def beside(wrong: Sequence[Complaint], *place: str | int) -> list[str]:
    """What is wrong with one thing of a form."""
    return [each["msg"] for each in wrong if tuple(each["loc"][: len(place)]) == place]


def elsewhere(wrong: Sequence[Complaint], places: Sequence[str]) -> list[str]:
    """What is wrong with none of these."""
    return [each["msg"] for each in wrong if each["loc"] in ([], ["neurons"]) or each["loc"][0] not in places]


def _banded(wanted: Wanted, offered: Catalogue) -> Wanted:
    if wanted.low or wanted.high:
        return wanted
    try:
        measured = neurons.find(offered, wanted.neuron) in offered["neurons"]
    except NotFound:
        return wanted
    return Wanted(wanted.neuron, *FIRST_BAND) if measured else wanted


def _band(wanted: Wanted, offered: Catalogue) -> tuple[float, float] | None:
    """In activations; None while there is none that makes sense."""
    try:
        asked = NeuronRange.model_validate(wanted.body()).range
        return None if asked is None else catalogue.numbers(offered, wanted.neuron, asked)
    except (ValueError, InvalidSpec):
        return None
