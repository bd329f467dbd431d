"""Pages of the models: their layers, and the neurons of a layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from inverset.api import references
from inverset.api.deps import InServices, Services
from inverset.api.schemas import ReferenceImage
from inverset.api.web.rendering import page
from inverset.contract.catalogue import Catalogue, NeuronStatistics
from inverset.gallery import histogram
from inverset.jobs import neurons, store

router = APIRouter()
SHOWN, SMALL = 60, 24  # neurons on a page; bars of a histogram among many
PICTURED = 6  # units whose natural images show what a model is about
Letters = Annotated[str, Query(max_length=200)]
From = Annotated[int, Query(ge=0, lt=2**53)]


@dataclass(frozen=True)
class NeuronCard:
    """A neuron in a list of many."""

    neuron: str
    measured: NeuronStatistics | None
    outline: str | None  # of a small histogram
    images: Sequence[ReferenceImage]  # natural ones with the highest activations


@dataclass(frozen=True)
class ModelCard:
    """A model in the list of all."""

    model: Catalogue
    images: Sequence[ReferenceImage]  # natural ones, that units of its last layer respond to most


@router.get("/models")
def get_models(request: Request, services: InServices) -> Response:
    """The page of all models."""
    with services.reading() as session:
        catalogues = [Catalogue.of(model.catalogue) for model in store.models(session)]
        broken = store.broken_models(session, services.settings.lease_seconds)
    return page(request, "models", cards=[_card(services, each) for each in catalogues], broken=broken)


@router.get("/models/{name}")
def get_model(
    *,
    name: str,
    request: Request,
    services: InServices,
    layer: Letters = "",
    search: Letters = "",
    cursor: From = 0,
) -> Response:
    """The page of a model, with the neurons of a layer or of a search."""
    with services.reading() as session:
        offered = store.offered(session, name)
        if not layer and not search:
            layer = offered.layers[-1].name
        listed = neurons.listed(offered, layer or None, search)
        names = list(islice(listed, cursor, cursor + SHOWN + 1))
        offered = store.offered(session, name, names[:SHOWN])
    return page(
        request,
        "model",
        model=offered,
        layer=layer,
        search=search,
        neurons=list(_cards(services, offered, names[:SHOWN])),
        before=max(0, cursor - SHOWN) if cursor else None,
        after=cursor + SHOWN if len(names) > SHOWN else None,
    )


def _card(services: Services, offered: Catalogue) -> ModelCard:
    names = list(islice(neurons.listed(offered, offered.layers[-1].name, ""), PICTURED))
    best = references.highest(services, offered, names)
    return ModelCard(offered, [images[-1] for name in names if (images := best.get(name))])


def _cards(services: Services, offered: Catalogue, names: list[str]) -> Iterator[NeuronCard]:
    best = references.highest(services, offered, names)
    for name in names:
        measured = offered.neurons.get(name)
        outline = None if measured is None else _outline(measured)
        yield NeuronCard(name, measured, outline, best.get(name, []))


def _outline(measured: NeuronStatistics) -> str:
    _, shares = histogram.of_quantiles(measured.quantiles, SMALL)
    return histogram.outline(shares)
