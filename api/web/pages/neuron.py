"""The page of a neuron: natural images, and what was sampled of it, by rising band."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from inverset.api import references, views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.schemas import NeuronAnswer
from inverset.api.web import asking, sweeping
from inverset.api.web.cards import Card, card
from inverset.api.web.rendering import page
from inverset.api.web.scales import Scale
from inverset.contract.catalogue import Catalogue
from inverset.contract.errors import Complaint
from inverset.contract.question import Target
from inverset.gallery.histogram import Span
from inverset.jobs import history, neurons, store
from inverset.jobs.access import Caller
from inverset.jobs.lifecycle import ACTIVE

router = APIRouter()
GALLERIES, PICTURES = 24, 8


@dataclass(frozen=True)
class Row:
    """A gallery of the neuron."""

    card: Card
    band: Sequence[float] | None
    others: Sequence[Target]  # the other neurons of its job
    place: Span | None  # of the band, on an axis that all rows share


@dataclass(frozen=True)
class Beside:
    """The neurons before and after one in its layer; None: it is at an end."""

    before: str | None
    after: str | None


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
    figure, neuron = None, views.describe_neuron(offered, canonical)
    if measured := offered.neurons.get(canonical):
        figure = asking.figure(measured, "even", references.if_chosen(services, address[0], canonical))
    return page(
        request,
        "neuron",
        422 if complaints else 200,
        model=offered,
        neuron=neuron,
        layer=next(each for each in offered.layers if each.name == neuron.layer),
        beside=_beside(offered, neuron),
        figure=figure,
        rows=rows,
        most=GALLERIES,
        latest=history.LATEST,
        live=any(row.card.job.state in ACTIVE for row in rows),
        complaints=complaints,
        bands=len(sweeping.bands(offered, canonical)),
    )


def _rows(services: Services, session: Session, caller: Caller, offered: Catalogue, neuron: str) -> list[Row]:
    """The neuron's galleries by rising band."""
    jobs = history.of_neuron(session, caller, offered.name, neuron, GALLERIES)
    measured = offered.neurons.get(neuron)
    scale = Scale.stretched(measured.quantiles) if measured else None
    rows = []
    for job in jobs:
        band = next(each.band.pair for each in job.targets if each.neuron == neuron)
        others = [each for each in job.targets if each.neuron != neuron]
        place = scale.span(band) if scale else None
        rows.append(Row(card(services, session, job, PICTURES), band, others, place))
    return sorted(rows, key=lambda row: [*(row.band or (float("inf"),))])


def _beside(offered: Catalogue, neuron: NeuronAnswer) -> Beside:
    listed = list(neurons.listed(offered, neuron.layer))
    plain = neuron.neuron.partition("@")[0]
    index = listed.index(plain) if plain in listed else -1
    return Beside(
        listed[index - 1] if index > 0 else None,
        listed[index + 1] if 0 <= index < len(listed) - 1 else None,
    )
