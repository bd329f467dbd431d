"""Jobs: post, watch, cancel, delete."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from inverset.api import long_poll, views
from inverset.api.auth import AsCaller, look_again
from inverset.api.bodies import body
from inverset.api.deps import InServices, Services
from inverset.api.paging import Cursor, Limit, following
from inverset.api.schemas import JobAnswer, JobChange, Page
from inverset.api.submission import IdempotencyKey, Posted, accept, named_once
from inverset.jobs import store
from inverset.jobs.filters import Filter, Trust, Whose
from inverset.jobs.lifecycle import Status

router = APIRouter(tags=["jobs"])
Change = Annotated[JobChange, body(JobChange)]


@router.post("/jobs", status_code=202, dependencies=[Depends(named_once)])
async def post_job(
    spec: Posted,
    services: InServices,
    caller: AsCaller,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    prefer: long_poll.Prefer = None,
) -> JobAnswer:
    """Queue a job: an inverse set if you name one neuron, an intersection if you name several."""
    job_id = await run_in_threadpool(accept, services, caller.name, spec, idempotency_key)
    response.headers.update(await long_poll.until_ended(services, job_id, prefer))
    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return await run_in_threadpool(_described, services, job_id)


def _filter(
    *,
    caller: AsCaller,
    state: Status | None = None,
    owner: str | None = None,
    model: str | None = None,
    sweep: str | None = None,
    neuron: Annotated[str | None, Query(description="Canonical name.", examples=["fc8:volcano"])] = None,
    trust: Annotated[Trust | None, Query(description="The word of the verdict.")] = None,
    tag: str | None = None,
    search: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Words that must all occur in its name, notes, tags, neurons, model or owner.",
        ),
    ] = None,
    starred: bool | None = None,
    whose: Annotated[
        Whose | None, Query(description="`mine`: your own; `team`: those that others share with the team.")
    ] = None,
    preview: Annotated[bool | None, Query(description="true: only previews.")] = False,
) -> Filter:
    return Filter(
        state=state,
        owner=owner,
        model=model,
        sweep=sweep,
        seen_by=caller,
        neuron=neuron,
        trust=trust,
        tag=tag,
        text=search,
        starred=starred,
        whose=whose,
        preview=preview,
    )


@router.get("/jobs")
def get_jobs(
    *,
    request: Request,
    services: InServices,
    which: Annotated[Filter, Depends(_filter)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[JobAnswer]:
    """List jobs, newest first: your own and those shared with the team."""
    with services.reading() as session:
        rows, after = store.jobs(session, which, cursor, limit)
        items = [views.describe(job, services.queue.place(session, job)) for job in rows]
    return Page[JobAnswer](items=items, next=following(request, after))


async def _waited(
    job_id: str, request: Request, services: InServices, prefer: long_poll.Prefer = None
) -> dict[str, str]:
    headers = await long_poll.until_ended(services, job_id, prefer)
    if headers:
        await look_again(request)
    return headers


Waited = Annotated[dict[str, str], Depends(_waited)]  # headers of the answer


@router.get("/jobs/{job_id}", response_model=JobAnswer)
def get_job(job_id: str, services: InServices, waited: Waited) -> Response:
    """Get a job. With `Prefer: wait=SECONDS`, the answer comes once it has ended or that time is over."""
    # The framework would call another thread to do the same.
    content = _described(services, job_id).model_dump_json()
    return Response(content, headers=waited, media_type="application/json")


def _described(services: Services, job_id: str) -> JobAnswer:
    with services.reading() as session:
        job = store.job(session, job_id)
        return views.describe(job, services.queue.place(session, job))


@router.post("/jobs/{job_id}/cancel")
def cancel_job(job_id: str, services: InServices) -> JobAnswer:
    """Stop a job and keep its samples. A running job ends once its worker confirms."""
    with services.writing() as session:
        job = store.cancel(session, job_id)
        return views.describe(job, services.queue.place(session, job))


@router.post("/jobs/{job_id}/front")
def put_first(job_id: str, services: InServices) -> JobAnswer:
    """Move a job before its owner's other jobs: its priority becomes higher than theirs."""
    with services.writing() as session:
        job = store.put_first(session, job_id)
        services.queue.forget()
        return views.describe(job, services.queue.place(session, job))


@router.post("/jobs/{job_id}/retry")
def retry_job(job_id: str, services: InServices) -> JobAnswer:
    """Queue a failed or canceled job again; it continues after its last sample."""
    with services.writing() as session:
        job = store.retry(session, job_id, services.settings)
        answer = views.describe(job, services.queue.place(session, job))
    services.announce()
    return answer


@router.patch("/jobs/{job_id}")
def change_job(job_id: str, change: Change, services: InServices) -> JobAnswer:
    """Change who can see a job, its name, notes, tags or star."""
    with services.writing() as session:
        job = store.change(session, job_id, change.columns)
        return views.describe(job, services.queue.place(session, job))


@router.delete("/jobs/{job_id}", status_code=204)
def delete_job(job_id: str, services: InServices) -> None:
    """Delete a job, its samples and its files."""
    with services.writing() as session:
        files = store.delete_job(session, job_id)
    services.blobs.delete_prefix(files)  # afterwards: no row may name a file that is gone
