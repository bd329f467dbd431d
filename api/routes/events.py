"""Server-sent events about a job."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from inverset.api import places
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.job_events import JobBroadcaster, Snapshot, Subscription, Watcher
from inverset.api.schemas import JobAnswer
from inverset.jobs import store

router = APIRouter(tags=["jobs"])
HERE = "/v1/jobs"
LastEventID = Annotated[
    str | None,
    Header(description="The id of the last event that you received; earlier events are not sent again."),
]


async def _watching(
    job_id: str, request: Request, services: InServices, _: AsCaller
) -> AsyncIterator[tuple[Subscription, Watcher]]:
    """A watcher of the job. Raises NotFound, which is not possible once the answer has begun."""
    job_broadcaster: JobBroadcaster = request.app.state.job_broadcaster
    await run_in_threadpool(_check, services, job_id)
    watcher = Watcher(job_id, getattr(request.state, "known", None))
    with job_broadcaster.watching(watcher) as watched:
        yield watched, watcher


Watching = Annotated[tuple[Subscription, Watcher], Depends(_watching)]


def _check(services: Services, job_id: str) -> None:
    with services.reading() as session:
        store.last_seq(session, job_id)


@router.get("/jobs/{job_id}/events", response_class=EventSourceResponse)
async def get_events(
    job_id: str, watching: Watching, last_event_id: LastEventID = None
) -> AsyncIterator[ServerSentEvent]:
    """Follow a job by server-sent events: `job` with the job's answer, now and after every change, then `end`; then the stream closes.

    An event's id grows with every change of the job. Changes within half a second are sent as one event.
    Get new samples from `GET /v1/jobs/{id}/samples`. If the stream closes without `end`, reconnect with `Last-Event-ID`;
    a browser's EventSource does so automatically, and you must close it at `end`. The stream also closes without `end`
    within five seconds after your key is revoked or the job is hidden from you.
    """
    watched, watcher = watching
    async for snapshot in watched.after(_revision(last_event_id), watcher):
        if snapshot.answer:
            yield ServerSentEvent(event="job", id=str(snapshot.revision), raw_data=_answer(snapshot))
    if watcher.may and watched.latest is not None and watched.latest.over:
        end = json.dumps({"id": job_id, "state": watched.latest.state})
        yield ServerSentEvent(event="end", id=str(watched.latest.revision), raw_data=end)


def _answer(snapshot: Snapshot) -> str:
    """The job's answer, with links below the path that this client uses; it was written once for all watchers."""
    if places.linked(HERE) == HERE:
        return snapshot.answer
    return JobAnswer.model_validate_json(snapshot.answer).model_dump_json()


def _revision(last_event_id: str | None) -> int:
    """The revision in an event's id; -1 if it is not one of ours."""
    text = last_event_id or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
