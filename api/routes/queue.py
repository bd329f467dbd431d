"""The queue: how long it is, and when one's own jobs begin."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter

from api.admission import AsCaller
from api.deps import InHouse
from api.schemas import QueueAnswer
from jobs import store, switches, views
from jobs.lifecycle import Status
from jobs.switches import DRAINING, PAUSED
from jobs.tables import Job

router = APIRouter(tags=["queue"])


@router.get("/queue", response_model=QueueAnswer)
def get_queue(house: InHouse, caller: AsCaller) -> dict[str, Any]:
    """Jobs that have not ended, as they are served; of other owners' jobs only how large they are."""
    with house.reading() as session:
        jobs = store.queue(session)
        workers = store.workers(session, house.settings.lease_seconds)
        on = {each.name for each in switches.turned_on(session)}
    waits = _waits(jobs, len(workers), house.settings.slice_seconds)
    running = sum(job.state == Status.RUNNING for job in jobs)
    return {
        "running": running,
        "waiting": len(jobs) - running,
        "paused": PAUSED in on,
        "draining": DRAINING in on,
        "workers": [{"id": worker.id, "device": worker.device} for worker in workers],
        "jobs": [_entry(job, caller.name, wait) for job, wait in zip(jobs, waits, strict=True)],
    }


def _waits(jobs: Sequence[Job], workers: int, slice_seconds: float) -> Iterator[float | None]:
    """Seconds until each job is first served from now.

    A job gives way after a slice, so whoever is ahead costs a slice at most; only jobs of higher priority are
    finished first, and where nobody knows how long that takes, nobody knows the rest.
    """
    left = [views.progress(job)["eta_seconds"] for job in jobs]
    for at, job in enumerate(jobs):
        if job.state == Status.RUNNING:
            yield 0.0
            continue
        ahead = zip(jobs[:at], left[:at], strict=True)
        turns = [
            seconds
            if other.priority > job.priority
            else min(slice_seconds if seconds is None else seconds, slice_seconds)
            for other, seconds in ahead
        ]
        yield sum(turns) / workers if workers and None not in turns else None


def _entry(job: Job, owner: str, wait: float | None) -> dict[str, Any]:
    mine = job.owner == owner
    return {
        "id": job.id if mine else None,
        "mine": mine,
        "state": job.state,
        "priority": job.priority,
        "accepted": job.accepted,
        "n": job.n,
        "starts_in_seconds": None if wait is None else round(wait, 1),
        "links": views.links(job.id) if mine else None,
    }
