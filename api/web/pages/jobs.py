"""The page of all jobs, newest first."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator

from inverset.api.auth import AsCaller
from inverset.api.deps import InServices
from inverset.api.paging import Cursor
from inverset.api.web.cards import card
from inverset.api.web.rendering import page
from inverset.jobs import store
from inverset.jobs.filters import Filter
from inverset.jobs.lifecycle import ACTIVE, Status

router = APIRouter()
Chosen = Annotated[
    Status | None, BeforeValidator(lambda value: value or None)
]  # a form sends an empty one for any
SHOWN, PICTURES = 24, 12  # jobs on a page, samples of each


@router.get("/")
def get_first_page() -> Response:
    """Redirect `/` to `/jobs`."""
    return RedirectResponse("/jobs", 303)


@router.get("/jobs")
def get_jobs(
    *,
    request: Request,
    services: InServices,
    caller: AsCaller,
    state: Chosen = None,
    model: str | None = None,
    cursor: Cursor = None,
) -> Response:
    """A card for each job that the caller may see; optionally only those in a state or on a model."""
    selection = Filter(state=state, model=model, seen_by=caller)
    with services.reading() as session:
        rows, following = store.jobs(session, selection, cursor, SHOWN)
        cards = [card(services, session, job, PICTURES) for job in rows]
    return page(
        request,
        "jobs",
        cards=cards,
        chosen={"state": state, "model": model},
        states=[each.value for each in Status],
        following=following,
        live=any(job.state in ACTIVE for job in rows),
    )
