"""The home page, and the page of all galleries with its search and filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, StringConstraints
from sqlalchemy.orm import Session

from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.web import example, service_state, standing
from inverset.api.web.galleries import GalleryCard, GalleryList, SweepCard
from inverset.api.web.rendering import page
from inverset.jobs import load, store
from inverset.jobs.access import Caller
from inverset.jobs.filters import Filter, Trust, Whose
from inverset.jobs.lifecycle import ACTIVE, Status
from inverset.jobs.tables import Job

router = APIRouter()
SHOWN, RUNNING, LOOKED_AT = 24, 3, 200  # galleries on a page; running ones above them, out of so many jobs
TRUST: tuple[Trust, ...] = ("good", "careful", "do not trust")


def _or_none(value: object) -> object:
    """None for an empty field, which a form sends for any."""
    return value or None


Text = Annotated[Annotated[str, StringConstraints(max_length=200)] | None, BeforeValidator(_or_none)]


class Chosen(BaseModel):
    """What the form above the galleries holds, by the names of its fields; and the cursor of a further page."""

    search: Text = None
    whose: Annotated[Whose | None, BeforeValidator(_or_none)] = None
    model: Text = None
    neuron: Text = None
    trust: Annotated[Trust | None, BeforeValidator(_or_none)] = None
    tag: Text = None
    starred: Annotated[Literal["yes"] | None, BeforeValidator(_or_none)] = None
    state: Annotated[Status | None, BeforeValidator(_or_none)] = None
    cursor: Text = None

    def filter(self, caller: Caller) -> Filter:
        """The jobs that the fields select."""
        return Filter(
            text=self.search,
            whose=self.whose,
            model=self.model,
            neuron=self.neuron,
            trust=self.trust,
            tag=self.tag,
            starred=True if self.starred else None,
            state=self.state,
            seen_by=caller,
        )

    @property
    def query(self) -> str:
        """The fields of the form in an address, behind its ``?``; empty: none is filled in."""
        return urlencode(self.model_dump(mode="json", exclude_none=True, exclude={"cursor"}))


@dataclass(frozen=True)
class Running:
    """A job, or a sweep, that has not ended."""

    id: str
    title: str
    address: str
    sentence: str
    accepted: int
    n: int
    may_change: bool


@router.get("/")
def get_home(request: Request, services: InServices, caller: AsCaller) -> Response:
    """The question, the example, what runs, and the newest galleries."""
    chosen = Chosen()
    with services.reading() as session:
        line, names = services.queue.recent(session), store.model_names(session)
        state = service_state.sentence(session, line)
        listed = _listed(services, session, chosen, Filter(ended=True, seen_by=caller))
        running = _running(services, session, caller)
    return page(
        request,
        "home",
        **listed,
        running=running,
        beyond=max(0, line.running + line.waiting - len(running)),
        state=state,
        example=example.ROWS,
        example_model=example.MODEL,
        example_neuron=example.NEURON if example.MODEL in names else None,
        models=names,
        trusts=TRUST,
        states=[],
        more="/jobs",
    )


@router.get("/running")
def get_running(request: Request, services: InServices, caller: AsCaller) -> Response:
    """The part of the home page that changes while jobs run."""
    with services.reading() as session:
        line = services.queue.recent(session)
        running = _running(services, session, caller)
    beyond = max(0, line.running + line.waiting - len(running))
    return page(request, "running_now", running=running, beyond=beyond)


@router.get("/jobs")
def get_jobs(
    request: Request, services: InServices, caller: AsCaller, chosen: Annotated[Chosen, Query()]
) -> Response:
    """All galleries that the caller may see, or those that the form above them selects."""
    with services.reading() as session:
        names = store.model_names(session)
        listed = _listed(services, session, chosen, chosen.filter(caller))
    return page(
        request,
        "jobs",
        **listed,
        models=names,
        trusts=TRUST,
        states=[each.value for each in Status],
    )


def _listed(services: Services, session: Session, chosen: Chosen, which: Filter) -> dict[str, Any]:
    """A page of galleries, and the form above them, as the templates name them."""
    groups, following = GalleryList(services, session, which.seen_by).page(which, chosen.cursor, SHOWN)
    live = any(isinstance(card, GalleryCard) and card.live for group in groups for card in group.cards)
    return {"groups": groups, "following": following, "chosen": chosen, "live": live}


def _running(services: Services, session: Session, caller: Caller) -> list[Running]:
    """The first of the queue, in the order of service: those that the caller may see, without previews."""
    ids = [entry.id for entry in services.queue.recent(session).entries[:LOOKED_AT]]
    visible = load.jobs(session, ids, caller)
    jobs = [visible[each] for each in ids if each in visible]
    first: dict[str, Job] = {}  # of a sweep the job that is served next
    for job in jobs:
        if job.state in ACTIVE and not job.preview:
            first.setdefault(job.sweep or job.id, job)
    cards = GalleryList(services, session, caller).cards([*first.values()][:RUNNING])
    return [
        _running_sweep(each, caller) if isinstance(each, SweepCard) else _running_job(each) for each in cards
    ]


def _running_job(card: GalleryCard) -> Running:
    job = card.job
    progress, title = job.progress, job.name or f"{card.neurons}, {card.band}"
    sentence = standing.sentence(job)
    return Running(job.id, title, f"/jobs/{job.id}", sentence, progress.accepted, progress.n, card.may_change)


def _running_sweep(card: SweepCard, caller: Caller) -> Running:
    neurons: Sequence[str] = list(dict.fromkeys(each.neurons for each in card.rows))
    title = f"{neurons[0] if len(neurons) == 1 else 'several neurons'}, {card.title}"
    sentence = f"{card.ended} of {card.jobs} ready, {card.images:,} images"
    may_change = caller.admin or caller.name == card.owner
    return Running(card.id, title, f"/sweeps/{card.id}", sentence, card.ended, card.jobs, may_change)
