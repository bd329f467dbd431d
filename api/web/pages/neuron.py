"""A neuron: what natural images do to it, and what was sampled of it, from low to high."""

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
from inverset.jobs import history, neurons, store
from inverset.jobs.access import Caller
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.lifecycle import ACTIVE, Complaint

router = APIRouter()
GALLERIES, PICTURES = 24, 8


@router.get("/models/{name}/neurons/{neuron:path}")
def get_neuron(name: str, neuron: str, request: Request, services: InServices, caller: AsCaller) -> Response:
    """A neuron, written in any of its ways."""
    return shown(request, services, caller, (name, neuron))


def shown(
    request: Request,
    services: Services,
    caller: Caller,
    wanted: tuple[str, str],
    wrong: Sequence[Complaint] = (),
) -> Response:
    """The page of a model's neuron, with what is wrong with a sweep that was asked of it."""
    with services.reading() as session:
        offered = store.offered(session, wanted[0], [wanted[1]])
        canonical = neurons.find(offered, wanted[1])
        rows = _rows(services, session, caller, offered, canonical)
    figure = None
    if measured := offered["neurons"].get(canonical):
        axis, rest = asking.figure(measured, "even", references.if_chosen(services, wanted[0], canonical))
        figure = {**axis.drawn(None), **rest}
    return page(
        request,
        "neuron",
        422 if wrong else 200,
        model=offered,
        neuron=neurons.describe(offered, canonical),
        layer=next(each for each in offered["layers"] if canonical.startswith(f"{each['name']}:")),
        beside=_beside(offered, canonical),
        figure=figure,
        rows=rows,
        most=GALLERIES,
        latest=history.LATEST,
        live=any(row["state"] in ACTIVE for row in rows),
        complaints=wrong,
        bands=len(sweeping.bands(offered, canonical)),
    )


def _rows(
    services: Services, session: Session, caller: Caller, offered: Catalogue, neuron: str
) -> list[dict[str, Any]]:
    """Its galleries by rising band, each with the place of the band on an axis that all share."""
    found = history.of_neuron(session, caller, offered["name"], neuron, GALLERIES)
    measured = offered["neurons"].get(neuron)
    scale = Scale.stretched(measured["quantiles"]) if measured else None
    rows = []
    for job in found:
        band = next(each.band.pair for each in job.targets if each.neuron == neuron)
        others = [each.to_json() for each in job.targets if each.neuron != neuron]
        place = scale.drawn(band)["band"] if scale and band else None
        told = {"band": band, "others": others, "place": place}
        rows.append({**card(services, session, job, PICTURES), **told})
    return sorted(rows, key=lambda row: row["band"] or [float("inf")])


def _beside(offered: Catalogue, canonical: str) -> dict[str, str | None]:
    """The neurons before and after it in its layer."""
    listed = list(neurons.listed(offered, neurons.describe(offered, canonical)["layer"]))
    plain = canonical.partition("@")[0]
    at = listed.index(plain) if plain in listed else -1
    return {
        "before": listed[at - 1] if at > 0 else None,
        "after": listed[at + 1] if 0 <= at < len(listed) - 1 else None,
    }
