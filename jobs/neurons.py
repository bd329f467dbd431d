"""A model's neurons as users see them, out of its catalogue: one, all of a layer, those that a few letters mean."""

from collections.abc import Iterator, Sequence
from typing import Any

from inverset.contract.catalogue import names
from inverset.contract.hints import did_you_mean
from inverset.contract.neurons import CENTER, Layer, layers_of, parse
from inverset.jobs import catalogue
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.lifecycle import NotFound, UnknownNeuron


def find(offered: Catalogue, text: str) -> str:
    """The one name of a neuron that a path names. Raises NotFound with the nearest ones where there is none."""
    try:
        return catalogue.canonical(offered, text)
    except UnknownNeuron as error:  # in a path, what is not there is not found
        raise NotFound(str(error)) from None


def listed(offered: Catalogue, layer: str | None = None, search: str | None = None) -> Iterator[str]:
    """Canonical names of every unit and direction of a layer, or of all.

    Args:
        offered: the model.
        layer: only this one's.
        search: only those with these letters in their name or their unit's number, large or small.

    Raises:
        NotFound: there is no such layer; the message gives the nearest names.
    """
    wanted = (search or "").strip().casefold()
    for each in _layers(offered, layer):
        found = [*names(each)]
        yield from _with_letters(each, found, wanted) if wanted else found


def describe(offered: Catalogue, canonical: str) -> dict[str, Any]:
    """A neuron's answer, by its canonical name."""
    layers = layers_of(offered)
    neuron = parse(canonical, offered["name"], layers)
    kind = next(layer.kind for layer in layers if layer.name == neuron.layer)
    default = {"map": CENTER, "tokens": "0"}.get(kind)
    return {
        "neuron": canonical,
        "layer": neuron.layer,
        "unit": None if neuron.direction else neuron.unit,
        "label": None if neuron.direction else neuron.label,
        "direction": neuron.direction and "#".join(neuron.direction),
        "reading": default and (default if neuron.reading == CENTER else neuron.place),
        "measured": offered["neurons"].get(canonical),
    }


def _layers(offered: Catalogue, wanted: str | None) -> list[Layer]:
    layers = layers_of(offered)
    if wanted is not None and wanted not in [layer.name for layer in layers]:
        hint = did_you_mean(wanted, [layer.name for layer in layers])
        raise NotFound(f"{offered['name']} has no layer {wanted!r}; {hint}")
    return [layer for layer in layers if wanted in (None, layer.name)]


def _with_letters(layer: Layer, found: Sequence[str], wanted: str) -> Iterator[str]:
    """Those with the letters in their name, or in their number where they have a label."""
    prefix, labeled = f"{layer.name}:".casefold(), len(layer.labels)
    for at, name in enumerate(found):
        if wanted in name.casefold() or (at < labeled and wanted in f"{prefix}{at}"):
            yield name
