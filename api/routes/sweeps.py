"""Sweeps: one neuron over many bands, or many neurons, as a group of jobs."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from inverset import gallery
from inverset.api import archives, long_poll, views
from inverset.api.auth import AsCaller, look_again
from inverset.api.deps import InServices, Services
from inverset.api.paging import Cursor, Limit, following
from inverset.api.schemas import Page, SweepAnswer, WholeSweepAnswer
from inverset.api.submission import IdempotencyKey, named_once
from inverset.api.sweep_submission import Posted, accept
from inverset.jobs import sweeps
from inverset.jobs.access import Caller
from inverset.jobs.filters import Filter
from inverset.jobs.tables import Sweep

router = APIRouter(tags=["sweeps"])


@router.post("/sweeps", status_code=202, dependencies=[Depends(named_once)])
async def post_sweep(
    spec: Posted,
    services: InServices,
    caller: AsCaller,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    prefer: long_poll.Prefer = None,
) -> WholeSweepAnswer:
    """Queue a group of jobs. The body is that of `POST /v1/jobs`, with one value left out in `neurons`.

    `vary` fills it in, job by job: with ranges for the neuron that has none, or with neurons for the range that has none.
    """
    sweep_id = await run_in_threadpool(accept, services, caller.name, spec, idempotency_key)
    response.headers.update(await long_poll.until_ended(services, sweep_id, prefer, _look))
    response.headers["Location"] = f"/v1/sweeps/{sweep_id}"
    return await run_in_threadpool(get_sweep, sweep_id, services, caller)


@router.get("/sweeps")
def get_sweeps(
    *,
    request: Request,
    services: InServices,
    caller: AsCaller,
    owner: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[SweepAnswer]:
    """List sweeps, newest first: your own and those shared with the team."""
    with services.reading() as session:
        rows, after = sweeps.page(session, Filter(owner=owner, seen_by=caller), cursor, limit)
        totals = sweeps.totals(session, [each.id for each in rows], caller)
    items = [views.describe_sweep(each, totals[each.id]) for each in rows]
    return Page[SweepAnswer](items=items, next=following(request, after))


async def _waited(
    sweep_id: str, request: Request, services: InServices, response: Response, prefer: long_poll.Prefer = None
) -> None:
    headers = await long_poll.until_ended(services, sweep_id, prefer, _look)
    if headers:
        await look_again(request)
    response.headers.update(headers)


def _look(session: Session, sweep_id: str, _: int | None) -> tuple[int, bool]:
    return 0, sweeps.ended(session, sweep_id)


@router.get("/sweeps/{sweep_id}", dependencies=[Depends(_waited)])
def get_sweep(sweep_id: str, services: InServices, caller: AsCaller) -> WholeSweepAnswer:
    """Get a sweep and its jobs. With `Prefer: wait=SECONDS`, the answer comes once all have ended or that time is over."""
    with services.reading() as session:
        return _described(services, session, sweeps.sweep(session, sweep_id), caller)


@router.post("/sweeps/{sweep_id}/cancel")
def cancel_sweep(sweep_id: str, services: InServices, caller: AsCaller) -> WholeSweepAnswer:
    """Stop all jobs of a sweep and keep their samples."""
    with services.writing() as session:
        return _described(services, session, sweeps.cancel(session, sweep_id), caller)


@router.post("/sweeps/{sweep_id}/retry")
def retry_sweep(sweep_id: str, services: InServices, caller: AsCaller) -> WholeSweepAnswer:
    """Queue its failed and canceled jobs again; each continues after its last sample."""
    with services.writing() as session:
        answer = _described(services, session, sweeps.retry(session, sweep_id, services.settings), caller)
    services.announce()
    return answer


@router.delete("/sweeps/{sweep_id}", status_code=204)
def delete_sweep(sweep_id: str, services: InServices) -> None:
    """Delete a sweep with all its jobs, their samples and their files."""
    with services.writing() as session:
        prefixes = sweeps.delete(session, sweep_id)
    for prefix in prefixes:
        services.blobs.delete_prefix(prefix)


@router.get("/sweeps/{sweep_id}/gallery.zip", response_class=Response, responses=archives.ANSWERS)
def get_gallery(
    sweep_id: str, services: InServices, caller: AsCaller, asked: archives.GivenConditions
) -> Response:
    """Download all galleries of a sweep, a folder each, with one page that shows them side by side."""
    with services.reading() as session:
        sweep = sweeps.sweep(session, sweep_id)
        jobs = sweeps.jobs(session, sweep_id, caller)
    galleries = (
        (views.folder(sweep, job), gallery.job_files(services.reading, services.blobs, job.id))
        for job in jobs
    )
    listed = gallery.together(views.title(sweep, jobs), galleries)
    state = " ".join(f"{job.id} {job.revision}" for job in jobs)
    zipped = gallery.zipped(listed, sweep.created_at, f"{sweep_id} {state}")
    return archives.archive(zipped, f"{sweep_id}.zip", asked)


def _described(services: Services, session: Session, sweep: Sweep, caller: Caller) -> WholeSweepAnswer:
    jobs = sweeps.jobs(session, sweep.id, caller)
    return views.describe_whole_sweep(sweep, jobs, lambda job: services.queue.place(session, job))
