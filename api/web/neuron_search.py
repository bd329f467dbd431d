"""Neurons of all models that match what a user types, each with its highest natural images and a small histogram."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from sqlalchemy.orm import Session

from inverset.api import references
from inverset.api.deps import Services
from inverset.api.schemas import ReferenceImage
from inverset.contract import titles
from inverset.contract.catalogue import Catalogue
from inverset.gallery import histogram
from inverset.jobs import measured, neurons, store

LOOKED_AT = 400  # matches of a model, of which the best come first
PICTURES, BARS = 4, 24


@dataclass(frozen=True)
class Found:
    """A neuron that matches."""

    model: str
    neuron: str
    outline: str | None  # of its histogram; None: it was not measured
    images: Sequence[ReferenceImage]  # natural ones with the highest activations


def search(services: Services, text: str, most: int) -> list[Found]:
    """The best matches in all models; without a text the first neurons of each model's last layer."""
    with services.reading() as session:
        offered = [Catalogue.of(model.catalogue) for model in store.models(session)]
        ranked = sorted(
            (rank, place, each.name, name)
            for each in offered
            for place, (rank, name) in enumerate(_ranked(each, text))
        )[:most]
        catalogues = [_with_measured(session, each, ranked) for each in offered]
    pictured = {
        each.name: references.highest(services, each, list(each.neurons))
        for each in catalogues
        if each.neurons
    }
    known = {each.name: each.neurons for each in catalogues}
    return [
        Found(
            model,
            name,
            _outline(known[model][name].quantiles) if name in known[model] else None,
            pictured.get(model, {}).get(name, [])[-PICTURES:],
        )
        for _, _, model, name in ranked
    ]


def named(services: Services, text: str) -> Found | None:
    """The only neuron whose whole name or label a text is, in any model; None: none or several."""
    whole = text.strip().casefold()
    matches = [
        each for each in search(services, text, 2) if whole in (each.neuron.casefold(), _label(each.neuron))
    ]
    return matches[0] if len(matches) == 1 else None


def _ranked(offered: Catalogue, text: str) -> Iterator[tuple[int, str]]:
    """Matches in a model with their rank, the last layer's first: whole names and labels, then beginnings, then the rest."""
    letters = text.strip().casefold()
    layers = offered.layers[::-1] if letters else offered.layers[-1:]
    matches = chain.from_iterable(neurons.listed(offered, each.name, letters) for each in layers)
    for name in islice(matches, LOOKED_AT):
        label = _label(name)
        whole = letters in (label, name.casefold())
        yield (0 if whole else 1 if label.startswith(letters) else 2), name


def _label(neuron: str) -> str:
    return titles.short(neuron).casefold()


def _with_measured(
    session: Session, offered: Catalogue, ranked: Sequence[tuple[int, int, str, str]]
) -> Catalogue:
    names = [name for _, _, model, name in ranked if model == offered.name]
    return replace(offered, neurons=measured.of(session, offered.name, names))


def _outline(quantiles: Mapping[str, float]) -> str:
    return histogram.outline(histogram.of_quantiles(quantiles, BARS)[1])
