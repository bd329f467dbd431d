"""Models, their layers, their neurons."""

import hashlib
from collections.abc import Mapping
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from starlette.convertors import PathConvertor, register_url_convertor

from inverset.api import file_responses, references, views
from inverset.api.deps import InServices
from inverset.api.paging import Limit, following
from inverset.api.schemas import BrokenModel, ModelAnswer, ModelsAnswer, NeuronAnswer, Page, ReferenceAnswer
from inverset.contract.errors import NotFound
from inverset.jobs import neurons, store
from inverset.jobs.tables import Model


class _Neuron(PathConvertor):
    """A neuron's name, which may hold slashes; what ends in ``/images`` is another route's, so that ``Allow`` there is right."""

    regex = "(?:(?!/images$).)*"


register_url_convertor("neuron", _Neuron())
router = APIRouter(tags=["models"])
Layer = Annotated[str | None, Query(examples=["fc8"], description="Only neurons of this layer.")]
Number = Annotated[int, Path(ge=0, lt=2**53)]
Version = Annotated[
    str | None,
    Query(
        description="Copy it from the link: with it, the image can be cached forever, because it never changes."
    ),
]
IfNoneMatch = Annotated[str | None, Header()]
Search = Annotated[
    str | None,
    Query(
        max_length=200,
        examples=["volc"],
        description="Only neurons with this text in their name or number.",
    ),
]
From = Annotated[int, Query(alias="cursor", ge=0, lt=2**53, description="Copy it from the `next` link.")]


@router.get("/models")
def get_models(services: InServices) -> ModelsAnswer:
    """List the models that workers offer, and the models of `models.toml` that no worker can offer, with the reason."""
    with services.reading() as session:
        items = [_described(model) for model in store.models(session)]
        broken = store.broken_models(session, services.settings.lease_seconds)
    return ModelsAnswer(items=items, next=None, broken=listed(broken))


@router.get("/models/{name}")
def get_model(name: str, services: InServices) -> ModelAnswer:
    """Get a model: its layers, and the methods with their options."""
    with services.reading() as session:
        return _described(store.model(session, name))


@router.get("/models/{name}/neurons")
def get_neurons(
    *,
    name: str,
    request: Request,
    services: InServices,
    layer: Layer = None,
    search: Search = None,
    cursor: From = 0,
    limit: Limit = 1000,
) -> Page[NeuronAnswer]:
    """List a model's neurons with their quantiles on natural images; neurons of a map are those at its centre."""
    with services.reading() as session:
        offered = store.offered(session, name)
        names = list(islice(neurons.listed(offered, layer, search), cursor, cursor + limit + 1))
        offered = store.offered(session, name, names[:limit])
    items = [views.describe_neuron(offered, each) for each in names[:limit]]
    after = str(cursor + limit) if len(names) > limit else None
    return Page[NeuronAnswer](items=items, next=following(request, after))


@router.get("/models/{name}/neurons/{neuron:path}/reference")
def get_reference(name: str, neuron: str, services: InServices) -> ReferenceAnswer:
    """A measured neuron on the reference images: a histogram, and for each quantile bin up to six of its images, evenly spread.

    They are chosen once for each version of a model, by a worker that has nothing else to do; before, the answer is 404.
    """
    return references.of_neuron(services, name, neuron)


@router.get(
    "/models/{name}/references/{number}.webp",
    response_class=Response,
    responses=file_responses.SMALL_IMAGE,
)
def get_thumbnail(
    name: str,
    number: Number,
    services: InServices,
    version: Version = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A reference image that is shown with a neuron, at most 96 pixels wide and high."""
    with services.reading() as session:
        offered = services.reference_images.version(session, name)
    if version not in (None, offered):
        raise NotFound(f"{name} has changed; request the neuron again")
    content = services.reference_images.thumbnail(offered, number)
    headers = {"Cache-Control": file_responses.FOREVER if version else file_responses.ASK_AGAIN}
    digest = hashlib.sha256(content).hexdigest()
    return file_responses.cached(if_none_match, digest, lambda: content, headers, "image/webp")


@router.get("/models/{name}/neurons/{neuron:neuron}")
def get_neuron(name: str, neuron: str, services: InServices) -> NeuronAnswer:
    """A neuron, written in any of its ways: `fc8:0`, `fc8:volcano`, `conv5:3@max`, `conv5:3@2,4`."""
    with services.reading() as session:
        offered = store.offered(session, name, [neuron])
    return views.describe_neuron(offered, neurons.find(offered, neuron))


def listed(broken: Mapping[str, str]) -> list[BrokenModel]:
    """The models that cannot be offered."""
    return [BrokenModel(model=name, why=why) for name, why in broken.items()]


def _described(model: Model) -> ModelAnswer:
    here = f"/v1/models/{model.name}"
    return ModelAnswer.model_validate(
        {**model.catalogue, "links": {"self": here, "neurons": f"{here}/neurons"}}
    )
