"""Jobs: ask for samples, watch, stop, remove."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import waiting
from api.admission import AsCaller, look_again
from api.bodies import body
from api.deps import House, InHouse
from api.intake import Asked, IdempotencyKey, accept, named_once
from api.paging import Cursor, Limit, page
from api.schemas import JobAnswer, JobChange, Page
from jobs import store, views
from jobs.lifecycle import Status
from jobs.store import Filter

router = APIRouter(tags=["jobs"])
Change = Annotated[JobChange, body(JobChange)]


@router.post("/jobs", status_code=202, dependencies=[Depends(named_once)], response_model=JobAnswer)
async def post_job(
    spec: Asked,
    house: InHouse,
    caller: AsCaller,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    prefer: waiting.Prefer = None,
) -> dict[str, Any]:
    """Queue a job: an inverse set where one neuron is named, an intersection where several are."""
    job_id = await run_in_threadpool(accept, house, caller.name, spec, idempotency_key)
    response.headers.update(await waiting.until_ended(house, job_id, prefer))
    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return await run_in_threadpool(_described, house, job_id)


@router.get("/jobs", response_model=Page[JobAnswer])
def get_jobs(
    *,
    request: Request,
    house: InHouse,
    caller: AsCaller,
    state: Status | None = None,
    owner: str | None = None,
    model: str | None = None,
    sweep: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Jobs, newest first: one's own and those that the team may see."""
    with house.reading() as session:
        found, following = store.jobs(session, Filter(state, owner, model, sweep, caller), cursor, limit)
        return page(
            request, [views.describe(job, house.lines.place(session, job)) for job in found], following
        )


async def _waited(
    job_id: str, request: Request, house: InHouse, prefer: waiting.Prefer = None
) -> dict[str, str]:
    headers = await waiting.until_ended(house, job_id, prefer)
    if headers:
        await look_again(request)
    return headers


Waited = Annotated[dict[str, str], Depends(_waited)]  # headers of the answer


@router.get("/jobs/{job_id}", response_model=JobAnswer)
def get_job(job_id: str, house: InHouse, waited: Waited) -> Response:
    """A job; with `Prefer: wait=SECONDS` once it has ended, or when that time is over."""
    # The framework would call another thread to do the same.
    content = JobAnswer.model_validate(_described(house, job_id)).model_dump_json()
    return Response(content, headers=waited, media_type="application/json")


def _described(house: House, job_id: str) -> dict[str, Any]:
    with house.reading() as session:
        job = store.job(session, job_id)
        return views.describe(job, house.lines.place(session, job))


@router.post("/jobs/{job_id}/cancel", response_model=JobAnswer)
def cancel_job(job_id: str, house: InHouse) -> dict[str, Any]:
    """Stop a job and keep its samples. If a worker computes it, it ends when that one confirms."""
    with house.writing() as session:
        job = store.cancel(session, job_id)
        return views.describe(job, house.lines.place(session, job))


@router.post("/jobs/{job_id}/retry", response_model=JobAnswer)
def retry_job(job_id: str, house: InHouse) -> dict[str, Any]:
    """Queue a failed or canceled job again; it goes on after its last sample."""
    with house.writing() as session:
        job = store.retry(session, job_id, house.settings)
        answer = views.describe(job, house.lines.place(session, job))
    house.announce()
    return answer


@router.patch("/jobs/{job_id}", response_model=JobAnswer)
def change_job(job_id: str, change: Change, house: InHouse) -> dict[str, Any]:
    """Let the team see a job, or keep it to oneself again."""
    with house.writing() as session:
        job = store.show_to(session, job_id, change.visibility)
        return views.describe(job, house.lines.place(session, job))


@router.delete("/jobs/{job_id}", status_code=204)
def delete_job(job_id: str, house: InHouse) -> None:
    """Remove a job, its samples and its files."""
    with house.writing() as session:
        files = store.delete_job(session, job_id)
    house.blobs.delete_prefix(files)  # afterwards: no row may name a file that is gone
