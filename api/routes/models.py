"""What can be asked: models, their layers, their neurons."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.deps import InHouse
from api.paging import Limit, page
from api.schemas import ModelAnswer, NeuronAnswer, Page
from jobs import catalogue, store
from jobs.catalogue import Catalogue
from jobs.lifecycle import NotFound, UnknownNeuron

router = APIRouter(tags=["models"])
Layer = Annotated[str | None, Query(examples=["fc8"], description="Only this layer's.")]
From = Annotated[int, Query(alias="cursor", ge=0, lt=2**53, description="From the `next` link.")]


@router.get("/models", response_model=Page[ModelAnswer])
def get_models(house: InHouse) -> dict[str, Any]:
    """All models that a worker offers."""
    with house.reading() as session:
        return {"items": [_described(model.catalogue) for model in store.models(session)], "next": None}


@router.get("/models/{name}", response_model=ModelAnswer)
def get_model(name: str, house: InHouse) -> dict[str, Any]:
    """A model: its layers, and the methods with their options."""
    with house.reading() as session:
        return _described(store.model(session, name).catalogue)


@router.get("/models/{name}/neurons", response_model=Page[NeuronAnswer])
def get_neurons(
    name: str, request: Request, house: InHouse, layer: Layer = None, cursor: From = 0, limit: Limit = 1000
) -> dict[str, Any]:
    """A model's neurons, those of a map at its centre; with their quantiles on the reference images."""
    with house.reading() as session:
        offered = store.model(session, name).catalogue
    found = list(islice(_neurons(offered, layer), cursor, cursor + limit + 1))
    return page(request, found[:limit], str(cursor + limit) if len(found) > limit else None)


@router.get("/models/{name}/neurons/{neuron:path}", response_model=NeuronAnswer)
def get_neuron(name: str, neuron: str, house: InHouse) -> dict[str, Any]:
    """A neuron, written in any of its ways: `fc8:0`, `fc8:volcano`, `conv5:3@max`, `conv5:3@2,4`."""
    with house.reading() as session:
        offered = store.model(session, name).catalogue
    try:
        canonical = catalogue.canonical(offered, neuron)
    except UnknownNeuron as wrong:  # in a path, what is not there is not found
        raise NotFound(str(wrong)) from None
    return _neuron(offered, canonical)


def _described(offered: Catalogue) -> dict[str, Any]:
    here = f"/v1/models/{offered['name']}"
    return {**offered, "links": {"self": here, "neurons": f"{here}/neurons"}}


def _neurons(offered: Catalogue, wanted: str | None) -> Iterator[dict[str, Any]]:
    """Every unit and direction of the layer, or of all; raises NotFound where there is no such layer."""
    names = [layer["name"] for layer in offered["layers"]]
    if wanted is not None and wanted not in names:
        raise NotFound(f"{offered['name']} has no layer {wanted!r}; {catalogue.nearest(wanted, names)}")
    for layer in offered["layers"]:
        if wanted in (None, layer["name"]):
            for unit in catalogue.units(layer):
                yield _neuron(offered, catalogue.canonical(offered, f"{layer['name']}:{unit}"))


def _neuron(offered: Catalogue, canonical: str) -> dict[str, Any]:
    layer = next(layer for layer in offered["layers"] if canonical.startswith(f"{layer['name']}:"))
    unit, _, reading = canonical.removeprefix(f"{layer['name']}:").partition("@")
    labeled, directed = unit in layer["labels"], unit.startswith(catalogue.DIRECTION)
    default = {"map": "center", "tokens": "0"}.get(layer["kind"])
    return {
        "neuron": canonical,
        "layer": layer["name"],
        "unit": layer["labels"].index(unit) if labeled else None if directed else int(unit),
        "label": unit if labeled else None,
        "direction": unit.removeprefix(catalogue.DIRECTION) if directed and not labeled else None,
        "reading": default and (reading or default),
        "measured": offered["neurons"].get(canonical),
    }
