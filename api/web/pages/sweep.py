"""The page of a sweep: a row for each of its jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from inverset.api import sweep_submission, views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices
from inverset.api.schemas import ReferenceImage
from inverset.api.web import natural_images, sessions, sweeping
from inverset.api.web.cards import Card, card
from inverset.api.web.pages import neuron as neurons_page
from inverset.api.web.rendering import page
from inverset.contract import plain_words, titles
from inverset.contract.errors import Complaint, InvalidSpec
from inverset.contract.question import Target
from inverset.contract.spec import Quantiles
from inverset.jobs import neurons, store, sweeps
from inverset.jobs.lifecycle import ENDED
from inverset.jobs.sweep_spec import SweepSpec
from inverset.jobs.tables import Job, Sweep

router = APIRouter()
PICTURES = 12
Text = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True)
class Row:
    """A job of the sweep."""

    card: Card
    name: str  # what sets it apart: its band or its neuron
    others: Sequence[Target]  # its other neurons and bands
    natural: Sequence[ReferenceImage]  # natural images in its band, some of those chosen for its neuron


@router.post("/sweeps")
def post_sweep(
    *, request: Request, services: InServices, caller: AsCaller, model: Text, neuron: Text, n: Text = "24"
) -> Response:
    """Submit six rising bands of a neuron and redirect to the sweep; or show the neuron's page with the complaints."""
    with services.reading() as session:
        offered = store.offered(session, model, [neuron])
    name = neurons.find(offered, neuron)
    try:
        spec = _spec(model, name, sweeping.bands(offered, name), n)
        sweep_id = sweep_submission.accept(services, caller.name, spec, None)
    except InvalidSpec as error:
        return neurons_page.shown(request, services, caller, (model, name), error.errors)
    return RedirectResponse(f"/sweeps/{sweep_id}", 303)


@router.get("/sweeps/{sweep_id}")
def get_sweep(sweep_id: str, request: Request, services: InServices, caller: AsCaller) -> Response:
    """The sweep's jobs from low to high, or neuron by neuron."""
    with services.reading() as session:
        sweep = sweeps.sweep(session, sweep_id)
        jobs = sweeps.jobs(session, sweep_id, caller)
        answer = views.describe_whole_sweep(sweep, jobs, lambda job: services.queue.place(session, job))
        cards = [card(services, session, job, PICTURES) for job in jobs]
    own = [job.targets[sweep.asked.open_index] for job in jobs]
    chosen = {
        name: natural_images.chosen(services, sweep.asked.model, name)
        for name in {each.neuron for each in own}
    }
    rows = [
        _row(sweep, job, its_card, natural_images.in_band(chosen[target.neuron], target.band, PICTURES))
        for job, its_card, target in zip(jobs, cards, own, strict=True)
    ]
    return page(
        request,
        "sweep",
        title=views.title(sweep, jobs),
        sweep=answer,
        rows=rows,
        live=answer.state not in ENDED,
        may_change=caller.admin or sweep.owner == caller.name,
    )


@router.post("/sweeps/{sweep_id}/cancel")
def cancel_sweep(sweep_id: str, services: InServices, then: sessions.Then = "") -> Response:
    """Form: cancel all jobs of the sweep, then go back to where the form was; their samples stay."""
    with services.writing() as session:
        sweeps.cancel(session, sweep_id)
    return RedirectResponse(sessions.local(then or f"/sweeps/{sweep_id}"), 303)


def _row(sweep: Sweep, job: Job, its_card: Card, natural: Sequence[ReferenceImage]) -> Row:
    asked, targets = sweep.asked, job.targets
    own = targets[asked.open_index]
    others = [each for each in targets if each is not own]
    return Row(
        its_card,
        titles.bands(targets, job.spec)[asked.open_index] if asked.over_bands else own.neuron,
        others,
        natural,
    )


def _spec(model: str, neuron: str, bands: Sequence[Quantiles], n: str) -> SweepSpec:
    if not bands:
        message = f"{neuron} was not measured or barely varies, so it has no bands to sweep"
        raise InvalidSpec([Complaint(loc=[], msg=message)])
    varied = {"range": [each.model_dump(mode="json") for each in bands]}
    body = {"model": model, "neurons": [{"neuron": neuron}], "vary": varied}
    try:
        return SweepSpec.model_validate({**body, "n": int(n) if n.isdecimal() else n})
    except ValidationError as error:
        raise InvalidSpec(list(map(plain_words.complaint, error.errors()))) from None
