"""The page of a job: the question, its progress, its gallery."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator, Field
from sqlalchemy.orm import Session

from inverset.api import views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.paging import Cursor
from inverset.api.routes import jobs as acts
from inverset.api.schemas import JobAnswer, JobChange
from inverset.api.web import gallery_view, progress, sessions, unreached
from inverset.api.web.draft import OPTION
from inverset.api.web.progress import Summary
from inverset.api.web.rendering import page
from inverset.api.web.unreached import Closest, Unreached
from inverset.contract import titles
from inverset.contract.question import Target
from inverset.gallery.citation import citation
from inverset.gallery.page import Tile
from inverset.jobs import samples, share_links, store
from inverset.jobs.access import PRIVATE, TEAM, Caller
from inverset.jobs.filters import Filter
from inverset.jobs.lifecycle import ACTIVE, ENDED, RETRIED
from inverset.jobs.samples import Order, Selection
from inverset.jobs.tables import Job

router = APIRouter()
Finite = Annotated[float, Field(allow_inf_nan=False)]
Number = Annotated[Finite | None, BeforeValidator(lambda value: value or None), Query()]
AT_ONCE, NEWEST, OTHERS = (
    100,
    12,
    40,
)  # samples of a page without a script; of a job that runs; jobs to compare with


def _selection(
    low: Number = None, high: Number = None, order: Order = "activation", cursor: Cursor = None
) -> Selection:
    return Selection(low, high, order, cursor, AT_ONCE)


@router.get("/jobs/{job_id}")
def get_job(
    job_id: str,
    request: Request,
    services: InServices,
    caller: AsCaller,
    selection: Annotated[Selection, Depends(_selection)],
) -> Response:
    """The job and its gallery; the parameters select and order the list for browsers without a script."""
    with services.reading() as session:
        job = store.job(session, job_id)
        live, shown = _live(services, session, job), gallery_view.of_job(services, session, job, selection)
        others = _others(session, caller, job)
        mine = caller.admin or caller.name == job.owner
        links = (
            [views.describe_share_link(each) for each in share_links.of_job(session, job_id)] if mine else []
        )
    like = _like(job, job.targets)
    return page(
        request,
        "job",
        **vars(live),
        **vars(shown),
        title=titles.title(job.targets, job.spec),
        cite=citation(job.id, job.question, job.spec, job.created_at),
        selection=selection,
        like=like,
        mine=mine,
        others=others,
        links=links,
        may_share=services.settings.share_links,
    )


@router.get("/jobs/{job_id}/live")
def get_live(job_id: str, request: Request, services: InServices) -> Response:
    """The part of the page that changes while the job runs."""
    with services.reading() as session:
        return page(request, "job_live", **vars(_live(services, session, store.job(session, job_id))))


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, services: InServices, then: sessions.Then = "") -> Response:
    """Form: cancel the job, then go back to where the form was."""
    acts.cancel_job(job_id, services)
    return _back(job_id, then)


@router.post("/jobs/{job_id}/front")
def front(job_id: str, services: InServices, then: sessions.Then = "") -> Response:
    """Form: put the job before its owner's others, then go back to where the form was."""
    acts.put_first(job_id, services)
    return _back(job_id, then)


@router.post("/jobs/{job_id}/retry")
def retry(job_id: str, services: InServices, then: sessions.Then = "") -> Response:
    """Form: retry a failed or canceled job, then go back to where the form was."""
    acts.retry_job(job_id, services)
    return _back(job_id, then)


@router.post("/jobs/{job_id}/show")
def show(job_id: str, services: InServices) -> Response:
    """Form: show the job to the team, or, if the team sees it already, to its owner alone."""
    with services.reading() as session:
        shared = store.job(session, job_id).visibility == TEAM
    acts.change_job(job_id, JobChange(visibility=PRIVATE if shared else TEAM), services)
    return _back(job_id)


@router.post("/jobs/{job_id}/delete")
def delete(job_id: str, services: InServices) -> Response:
    """Form: delete the job; the page has asked for confirmation."""
    acts.delete_job(job_id, services)
    return RedirectResponse("/jobs", 303)


def _back(job_id: str, then: str = "") -> Response:
    return RedirectResponse(sessions.local(then or f"/jobs/{job_id}"), 303)


@dataclass(frozen=True)
class Live:
    """What of the page changes while the job runs."""

    job: JobAnswer
    summary: Summary | None
    active: bool
    ended: bool
    may_retry: bool
    unreached: Unreached | None
    so_far: Sequence[Closest]
    instead: str | None  # the address of the form with the nearest bands that natural images reach
    newest: Sequence[Tile]


def _live(services: Services, session: Session, job: Job) -> Live:
    active = job.state in ACTIVE
    newest = samples.last(session, job.id, NEWEST) if active else []
    short = unreached.unreached(session, job)
    answer = views.describe(job, services.queue.place(session, job))
    return Live(
        job=answer,
        summary=progress.summary(answer),
        active=active,
        ended=job.state in ENDED,
        may_retry=job.state in RETRIED,
        unreached=short,
        so_far=unreached.so_far(job),
        instead=_like(job, short.nearest) if short and short.nearest else None,
        newest=[gallery_view.shown(sample, job.targets[0].neuron) for sample in newest],
    )


def _others(session: Session, caller: Caller, job: Job) -> list[JobAnswer]:
    """Jobs on the same model that have samples, offered for comparison."""
    rows, _ = store.jobs(session, Filter(model=job.model, seen_by=caller), None, OTHERS)
    return [views.describe(each) for each in rows if each.id != job.id and each.accepted]


def _like(job: Job, targets: Sequence[Target]) -> str:
    """The address of the form filled in with the same question and these bands."""
    question = job.question
    asked: list[tuple[str, object]] = [("model", job.model)]
    for target in targets:
        low, high = target.band.pair or ("", "")
        asked += [("neuron", target.neuron), ("low", low), ("high", high)]
    asked += [("n", job.n), ("k", job.k), ("method", job.method), ("seed", question.seed)]
    words = {True: "yes", False: "no"}
    asked += [
        (OPTION + name, words[value] if isinstance(value, bool) else value)
        for name, value in question.options.items()
    ]
    return "/new?" + urlencode(asked)
