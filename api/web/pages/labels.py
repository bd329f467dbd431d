"""Forms for what an owner writes on a gallery: its name, notes, tags and star."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from inverset.api.deps import InServices
from inverset.api.routes import jobs as acts
from inverset.api.schemas import JobChange
from inverset.api.web import sessions
from inverset.api.web.rendering import page
from inverset.contract import plain_words, titles
from inverset.contract.errors import Complaint
from inverset.jobs import labels, store
from inverset.jobs.tables import Job

router = APIRouter()


class Filled(BaseModel):
    """The form as it was filled in."""

    name: str = ""
    notes: str = ""
    tags: str = ""
    then: str = ""


@router.get("/jobs/{job_id}/labels")
def get_labels(job_id: str, request: Request, services: InServices, then: str = "") -> Response:
    """The form, filled in."""
    with services.reading() as session:
        job = store.job(session, job_id)
    return _page(request, job, Filled(name=job.name, notes=job.notes, tags=", ".join(job.tags), then=then))


@router.post("/jobs/{job_id}/labels")
def post_labels(
    job_id: str, request: Request, services: InServices, filled: Annotated[Filled, Form()]
) -> Response:
    """Form: change name, notes and tags, and go back; or show the form again with the complaints."""
    try:
        change = JobChange(name=filled.name, notes=filled.notes, tags=labels.parsed_tags(filled.tags))
    except ValidationError as error:
        with services.reading() as session:
            job = store.job(session, job_id)
        return _page(request, job, filled, list(map(plain_words.complaint, error.errors())))
    acts.change_job(job_id, change, services)
    return RedirectResponse(_then(filled.then, job_id), 303)


@router.post("/jobs/{job_id}/star")
def star(job_id: str, services: InServices, then: sessions.Then = "") -> Response:
    """Form: give a gallery a star, or take it away, and go back."""
    with services.reading() as session:
        starred = store.job(session, job_id).starred
    acts.change_job(job_id, JobChange(starred=not starred), services)
    return RedirectResponse(_then(then, job_id), 303)


def _page(request: Request, job: Job, filled: Filled, complaints: Sequence[Complaint] = ()) -> Response:
    return page(
        request,
        "labels",
        422 if complaints else 200,
        job_id=job.id,
        title=titles.title(job.targets, job.spec),
        values=filled,
        then=_then(filled.then, job.id),
        complaints=complaints,
    )


def _then(then: str, job_id: str) -> str:
    """The page to go back to; the gallery's own where none of this server is named."""
    return sessions.local(then or f"/jobs/{job_id}")
