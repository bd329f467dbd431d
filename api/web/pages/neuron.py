"""The page of a neuron: natural images, and what was sampled of it, by rising band."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from inverset.api import errors, references, views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.image_uploads import Images
from inverset.api.routes.image_tries import accept
from inverset.api.sample_schemas import SampleAnswer
from inverset.api.schemas import NeuronAnswer, ReferenceBin
from inverset.api.web import asking, sweeping, trying
from inverset.api.web.cards import Card, card
from inverset.api.web.rendering import page
from inverset.api.web.scales import Scale
from inverset.contract import image_tries
from inverset.contract.catalogue import Catalogue
from inverset.contract.errors import Complaint, Draining, InvalidSpec, LimitExceeded
from inverset.contract.question import Target
from inverset.gallery.histogram import Span
from inverset.jobs import history, neurons, samples, store
from inverset.jobs.access import Caller
from inverset.jobs.lifecycle import ACTIVE
from inverset.jobs.tables import Sample

router = APIRouter()
GALLERIES, PICTURES, DEEP = 24, 8, 2  # DEEP: samples of a gallery in one column


@dataclass(frozen=True)
class Row:
    """A gallery of the neuron."""

    card: Card
    band: Sequence[float] | None
    others: Sequence[Target]  # the other neurons of its job
    place: Span | None  # of the band, on an axis that all rows share
    columns: Sequence[
        Sequence[SampleAnswer]
    ]  # some samples, below the natural images of their activations; empty: there are none


@dataclass(frozen=True)
class Beside:
    """The neurons before and after one in its layer; None: it is at an end."""

    before: str | None
    after: str | None


class Attempt(NamedTuple):
    """Images that the caller tries."""

    id: str = ""  # of those whose results are shown
    look: int = 0  # how often a browser without a script has looked whether they are there
    refused: str = ""  # why they were not taken
    status: int = 200  # of the answer


NO_ATTEMPT = Attempt()


def _attempt(
    tried: Annotated[str, Query(alias="try", max_length=60)] = "",
    look: Annotated[int, Query(ge=0, lt=10_000)] = 0,
) -> Attempt:
    """The images whose results the address asks for."""
    return Attempt(tried, look)


@router.get("/models/{name}/neurons/{neuron:path}")
def get_neuron(
    name: str,
    neuron: str,
    request: Request,
    services: InServices,
    caller: AsCaller,
    attempt: Annotated[Attempt, Depends(_attempt)],
) -> Response:
    """The page of a neuron, in any of its spellings; with the results of the images that ``?try=`` names."""
    return shown(request, services, caller, (name, neuron), attempt=attempt)


@router.post("/models/{name}/neurons/{neuron:path}/images")
def post_images(
    name: str, neuron: str, request: Request, services: InServices, caller: AsCaller, images: Images
) -> Response:
    """Try images, and redirect to the page with their results; or show it with what is wrong with them."""
    try:
        answer = accept(services, caller, (name, neuron), images)
    except (InvalidSpec, LimitExceeded, Draining) as error:
        refused = Attempt(refused=str(error), status=errors.PROBLEMS[type(error)].status)
        return shown(request, services, caller, (name, neuron), attempt=refused)
    return RedirectResponse(f"/models/{quote(name)}/neurons/{quote(neuron)}?try={answer.id}#tried", 303)


def shown(
    request: Request,
    services: Services,
    caller: Caller,
    address: tuple[str, str],
    complaints: Sequence[Complaint] = (),
    attempt: Attempt = NO_ATTEMPT,
) -> Response:
    """The page of a model's neuron.

    Args:
        request: whose page it is.
        services: the application's.
        caller: who looks.
        address: the model and the neuron.
        complaints: about a sweep requested there.
        attempt: images that the caller tries.
    """
    with services.reading() as session:
        offered = store.offered(session, address[0], [address[1]])
        canonical = neurons.find(offered, address[1])
    figure, neuron = None, views.describe_neuron(offered, canonical)
    if measured := offered.neurons.get(canonical):
        figure = asking.figure(measured, "even", references.if_chosen(services, address[0], canonical))
    with services.reading() as session:
        rows = _rows(services, session, caller, offered, canonical, figure.bins if figure else [])
        knots = figure.knots if figure else []
        tried = trying.found(session, caller.name, attempt.id, knots) if attempt.id else None
    return page(
        request,
        "neuron",
        422 if complaints else attempt.status,
        model=offered,
        neuron=neuron,
        layer=next(each for each in offered.layers if each.name == neuron.layer),
        beside=_beside(offered, neuron),
        figure=figure,
        rows=rows,
        most=GALLERIES,
        live=any(row.card.job.state in ACTIVE for row in rows),
        complaints=complaints,
        bands=len(sweeping.bands(offered, canonical)),
        tried=tried,
        attempt=attempt,
        limits=image_tries,
    )


def _rows(
    services: Services,
    session: Session,
    caller: Caller,
    offered: Catalogue,
    neuron: str,
    bins: Sequence[ReferenceBin],
) -> list[Row]:
    """The neuron's galleries by rising band, their samples in the columns of the natural images."""
    jobs = history.of_neuron(session, caller, offered.name, neuron, GALLERIES)
    measured = offered.neurons.get(neuron)
    scale = Scale.percentiles(measured.quantiles) if measured else None
    rows = []
    for job in jobs:
        band = next(each.band.pair for each in job.targets if each.neuron == neuron)
        others = [each for each in job.targets if each.neuron != neuron]
        place = scale.span(band) if scale else None
        columns = _columns(samples.rising(session, job.id, PICTURES), neuron, bins)
        rows.append(Row(card(services, session, job, PICTURES), band, others, place, columns))
    return sorted(rows, key=lambda row: [*(row.band or (float("inf"),))])


def _columns(some: Sequence[Sample], neuron: str, bins: Sequence[ReferenceBin]) -> list[list[SampleAnswer]]:
    """Samples by the bin that their activation falls into; those beyond the last one count to it."""
    columns: list[list[SampleAnswer]] = [[] for _ in bins]
    for sample in some if bins else ():
        at = bisect_left([each.high for each in bins], sample.activations[neuron])
        columns[min(at, len(bins) - 1)].append(views.describe_sample(sample))
    return [each[:DEEP] for each in columns]


def _beside(offered: Catalogue, neuron: NeuronAnswer) -> Beside:
    listed = list(neurons.listed(offered, neuron.layer))
    plain = neuron.neuron.partition("@")[0]
    index = listed.index(plain) if plain in listed else -1
    return Beside(
        listed[index - 1] if index > 0 else None,
        listed[index + 1] if 0 <= index < len(listed) - 1 else None,
    )
