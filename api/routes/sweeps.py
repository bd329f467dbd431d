"""Sweeps: one neuron over many bands, or many neurons, as a group of jobs."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

import gallery
from api import archives, waiting
from api.admission import AsCaller, look_again
from api.deps import House, InHouse
from api.intake import IdempotencyKey, named_once
from api.paging import Cursor, Limit, page
from api.schemas import Page, SweepAnswer, WholeSweepAnswer
from api.sweep_intake import Asked, accept
from jobs import sweeps, views
from jobs.access import Caller
from jobs.store import Filter
from jobs.tables import Sweep

router = APIRouter(tags=["sweeps"])


@router.post("/sweeps", status_code=202, dependencies=[Depends(named_once)], response_model=WholeSweepAnswer)
async def post_sweep(
    spec: Asked,
    house: InHouse,
    caller: AsCaller,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    prefer: waiting.Prefer = None,
) -> dict[str, Any]:
    """Queue a group of jobs. They are as `POST /v1/jobs` takes them, but for one place that is left open in `neurons`.

    `vary` fills it, job by job: with ranges for the neuron that has none, or with neurons for the range that has none.
    """
    sweep_id = await run_in_threadpool(accept, house, caller.name, spec, idempotency_key)
    response.headers.update(await waiting.until_ended(house, sweep_id, prefer, _look))
    response.headers["Location"] = f"/v1/sweeps/{sweep_id}"
    return await run_in_threadpool(get_sweep, sweep_id, house, caller)


@router.get("/sweeps", response_model=Page[SweepAnswer])
def get_sweeps(
    *,
    request: Request,
    house: InHouse,
    caller: AsCaller,
    owner: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Sweeps, newest first: one's own and those that the team may see."""
    with house.reading() as session:
        found, following = sweeps.page(session, Filter(owner=owner, seen_by=caller), cursor, limit)
        standings = sweeps.standings(session, [each.id for each in found], caller)
    return page(request, [views.describe_sweep(each, standings[each.id]) for each in found], following)


async def _waited(
    sweep_id: str, request: Request, house: InHouse, response: Response, prefer: waiting.Prefer = None
) -> None:
    headers = await waiting.until_ended(house, sweep_id, prefer, _look)
    if headers:
        await look_again(request)
    response.headers.update(headers)


def _look(session: Session, sweep_id: str, _: int | None) -> tuple[int, bool]:
    return 0, sweeps.ended(session, sweep_id)


@router.get("/sweeps/{sweep_id}", response_model=WholeSweepAnswer, dependencies=[Depends(_waited)])
def get_sweep(sweep_id: str, house: InHouse, caller: AsCaller) -> dict[str, Any]:
    """A sweep and its jobs; with `Prefer: wait=SECONDS` once all have ended, or when that time is over."""
    with house.reading() as session:
        return _described(house, session, sweeps.sweep(session, sweep_id), caller)


@router.post("/sweeps/{sweep_id}/cancel", response_model=WholeSweepAnswer)
def cancel_sweep(sweep_id: str, house: InHouse, caller: AsCaller) -> dict[str, Any]:
    """Stop all jobs of a sweep and keep their samples."""
    with house.writing() as session:
        return _described(house, session, sweeps.cancel(session, sweep_id), caller)


@router.post("/sweeps/{sweep_id}/retry", response_model=WholeSweepAnswer)
def retry_sweep(sweep_id: str, house: InHouse, caller: AsCaller) -> dict[str, Any]:
    """Queue its failed and canceled jobs again; each goes on after its last sample."""
    with house.writing() as session:
        answer = _described(house, session, sweeps.retry(session, sweep_id, house.settings), caller)
    house.announce()
    return answer


@router.delete("/sweeps/{sweep_id}", status_code=204)
def delete_sweep(sweep_id: str, house: InHouse) -> None:
    """Remove a sweep with all its jobs, their samples and their files."""
    with house.writing() as session:
        prefixes = sweeps.delete(session, sweep_id)
    for prefix in prefixes:
        house.blobs.delete_prefix(prefix)


@router.get("/sweeps/{sweep_id}/gallery.zip", response_class=Response, responses=archives.ANSWERS)
def get_gallery(sweep_id: str, house: InHouse, caller: AsCaller, asked: archives.Asked) -> Response:
    """All galleries of a sweep, a folder each, under one page that shows them side by side."""
    with house.reading() as session:
        sweep = sweeps.sweep(session, sweep_id)
        jobs = sweeps.jobs(session, sweep_id, caller)
    galleries = (
        (views.folder(sweep, job), gallery.job_files(house.reading, house.blobs, job.id)) for job in jobs
    )
    listed = gallery.together(views.title(sweep, jobs), galleries)
    state = " ".join(f"{job.id} {job.revision}" for job in jobs)
    zipped = gallery.zipped(listed, sweep.created_at, f"{sweep_id} {state}")
    return archives.archive(zipped, f"{sweep_id}.zip", asked)


def _described(house: House, session: Session, sweep: Sweep, caller: Caller) -> dict[str, Any]:
    jobs = sweeps.jobs(session, sweep.id, caller)
    return views.describe_whole_sweep(sweep, jobs, lambda job: house.lines.place(session, job))
