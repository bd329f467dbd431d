"""A model's neurons in its catalogue: one, all of a layer, or those that match a search."""

from collections.abc import Iterator, Sequence

from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue, names
from inverset.contract.errors import NotFound, UnknownNeuron
from inverset.contract.hints import did_you_mean
from inverset.contract.neurons import Layer


def find(offered: Catalogue, text: str) -> str:
    """The canonical name of a neuron in a path. Raises NotFound with the nearest ones if there is none."""
    try:
        return resolution.canonical(offered, text)
    except UnknownNeuron as error:  # in a path, what is not there is not found
        raise NotFound(str(error)) from None


def listed(offered: Catalogue, layer: str | None = None, search: str | None = None) -> Iterator[str]:
    """Canonical names of all units and directions of a layer, or of all layers.

    Args:
        offered: the model.
        layer: only this one's.
        search: only those with these letters in their name or their unit's number, large or small.

    Raises:
        NotFound: there is no such layer; the message gives the nearest names.
    """
    letters = (search or "").strip().casefold()
    for each in _layers(offered, layer):
        matches = [*names(each)]
        yield from _with_letters(each, matches, letters) if letters else matches


def _layers(offered: Catalogue, name: str | None) -> list[Layer]:
    known = [layer.name for layer in offered.layers]
    if name is not None and name not in known:
        raise NotFound(f"{offered.name} has no layer {name!r}; {did_you_mean(name, known)}")
    return [layer for layer in offered.layers if name in (None, layer.name)]


def _with_letters(layer: Layer, named: Sequence[str], letters: str) -> Iterator[str]:
    """Names that contain the letters, or whose number does if they have a label."""
    prefix, labeled = f"{layer.name}:".casefold(), len(layer.labels)
    for index, name in enumerate(named):
        if letters in name.casefold() or (index < labeled and letters in f"{prefix}{index}"):
            yield name
