"""The page of a neuron: natural images, and what was sampled of it, by rising band."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from inverset.api import references
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.web import asking, sweeping
from inverset.api.web.cards import card
from inverset.api.web.rendering import page
from inverset.api.web.scales import Scale
from inverset.contract.errors import Complaint
from inverset.jobs import history, neurons, store
from inverset.jobs.access import Caller
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.lifecycle import ACTIVE

router = APIRouter()
GALLERIES, PICTURES = 24, 8


@router.get("/models/{name}/neurons/{neuron:path}")
def get_neuron(name: str, neuron: str, request: Request, services: InServices, caller: AsCaller) -> Response:
    """The page of a neuron, in any of its spellings."""
    return shown(request, services, caller, (name, neuron))


def shown(
    request: Request,
    services: Services,
    caller: Caller,
    address: tuple[str, str],
    complaints: Sequence[Complaint] = (),
) -> Response:
    """The page of a model's neuron, with the complaints about a sweep requested there."""
    with services.reading() as session:
        offered = store.offered(session, address[0], [address[1]])
        canonical = neurons.find(offered, address[1])
        rows = _rows(services, session, caller, offered, canonical)
    figure = None
    if measured := offered["neurons"].get(canonical):
        axis, rest = asking.figure(measured, "even", references.if_chosen(services, address[0], canonical))
        figure = {**axis.drawn(None), **rest}
    return page(
        request,
        "neuron",
        422 if complaints else 200,
        model=offered,
        neuron=neurons.describe(offered, canonical),
        layer=next(each for each in offered["layers"] if canonical.startswith(f"{each['name']}:")),
        beside=_beside(offered, canonical),
        figure=figure,
        rows=rows,
        most=GALLERIES,
        latest=history.LATEST,
        live=any(row["state"] in ACTIVE for row in rows),
        complaints=complaints,
        bands=len(sweeping.bands(offered, canonical)),
    )


def _rows(
    services: Services, session: Session, caller: Caller, offered: Catalogue, neuron: str
) -> list[dict[str, Any]]:
    """The neuron's galleries by rising band, each with the band's place on a common axis."""
    jobs = history.of_neuron(session, caller, offered["name"], neuron, GALLERIES)
    measured = offered["neurons"].get(neuron)
    scale = Scale.stretched(measured["quantiles"]) if measured else None
    rows = []
    for job in jobs:
        band = next(each.band.pair for each in job.targets if each.neuron == neuron)
        others = [each.to_json() for each in job.targets if each.neuron != neuron]
        place = scale.drawn(band)["band"] if scale and band else None
        answer = {"band": band, "others": others, "place": place}
        rows.append({**card(services, session, job, PICTURES), **answer})
    return sorted(rows, key=lambda row: row["band"] or [float("inf")])


def _beside(offered: Catalogue, canonical: str) -> dict[str, str | None]:
    """The neurons before and after it in its layer."""
    listed = list(neurons.listed(offered, neurons.describe(offered, canonical)["layer"]))
    plain = canonical.partition("@")[0]
    index = listed.index(plain) if plain in listed else -1
    return {
        "before": listed[index - 1] if index > 0 else None,
        "after": listed[index + 1] if 0 <= index < len(listed) - 1 else None,
    }
