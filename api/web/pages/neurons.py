"""The search for neurons in all models: its page, its suggestions while one types, and a random neuron."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from inverset.api.deps import InServices
from inverset.api.web import neuron_search
from inverset.api.web.rendering import page
from inverset.jobs import measured

router = APIRouter()
SUGGESTED, SHOWN = 7, 60  # neurons
Letters = Annotated[str, Query(max_length=200)]


@router.get("/neurons")
def get_neurons(request: Request, services: InServices, search: Letters = "") -> Response:
    """The neurons that match, in all models; a name or a label that only one neuron has leads to its page."""
    if search.strip() and (only := neuron_search.named(services, search)):
        return _to(only.model, only.neuron)
    return page(
        request, "neurons", search=search, found=neuron_search.search(services, search, SHOWN), most=SHOWN
    )


@router.get("/neurons/suggested")
def get_suggested(request: Request, services: InServices, search: Letters = "") -> Response:
    """The suggestions below a search field."""
    return page(request, "suggested", found=neuron_search.search(services, search, SUGGESTED))


@router.get("/neurons/random")
def get_random(services: InServices) -> Response:
    """Redirect to a measured neuron by chance; to the models if none was measured."""
    with services.reading() as session:
        chosen = measured.random_neuron(session)
    answer = RedirectResponse("/models", 303) if chosen is None else _to(*chosen)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _to(model: str, neuron: str) -> Response:
    return RedirectResponse(f"/models/{quote(model, safe='')}/neurons/{quote(neuron)}", 303)
