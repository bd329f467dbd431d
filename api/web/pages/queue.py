"""The page of the queue: waiting jobs, running jobs, and the users' shares."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from inverset.api.auth import AsCaller
from inverset.api.deps import InServices
from inverset.api.web.rendering import page
from inverset.jobs import load, switches, views
from inverset.jobs.queue_forecast import QueueForecast
from inverset.jobs.tables import Job

router = APIRouter()
SHOWN = 60  # jobs
NARROWEST = 6  # of the drawing of a job, where all together are 1000


@router.get("/queue")
def get_queue(request: Request, services: InServices, caller: AsCaller) -> Response:
    """The queue in the order of service; of jobs that the caller may not see only the size."""
    with services.reading() as session:
        line, on = services.queue.look(session), switches.turned_on(session)
        held = load.held(session, line.at)
        ids = {entry.id for entry in line.entries[:SHOWN]} | set(held.values())
        visible = load.jobs(session, ids, caller)
        answer = views.describe_line(line, {each.name for each in on}, caller.name, SHOWN)
    return page(
        request,
        "queue",
        line=answer,
        workers=[
            {
                "id": each.id,
                "device": each.device,
                "busy": each.id in held,
                "job": _job(visible, held.get(each.id)),
            }
            for each in line.workers
        ],
        entries=list(_entries(line, answer["jobs"], visible)),
        blocks=_blocks(answer["jobs"]),
        shares=_shares(answer["shares"]),
        beyond=len(line.entries) - SHOWN,
    )


def _job(visible: Mapping[str, Job], job_id: str | None) -> dict[str, Any] | None:
    """A job as far as the caller may see it; None: the caller may not."""
    job = visible.get(job_id or "")
    return None if job is None else {"id": job.id, "ranges": job.ranges, "owner": job.owner}


def _entries(
    line: QueueForecast, jobs: Sequence[Mapping[str, Any]], visible: Mapping[str, Job]
) -> Iterator[dict[str, Any]]:
    places = line.places()
    for entry, answer in zip(line.entries, jobs, strict=False):
        yield {**answer, "position": places[entry.id].position, "job": _job(visible, entry.id)}


def _blocks(jobs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The queue as a drawing from 0 to 1000: a block per job, as wide as it has samples to come."""
    wide = [max(1, job["n"] - job["accepted"]) for job in jobs]
    whole = max(1, sum(wide))
    widths = [NARROWEST + (1000 - NARROWEST * len(wide)) * each / whole for each in wide]
    starts = [sum(widths[:index]) for index in range(len(widths))]
    return [
        {
            "x": round(x, 2),
            "width": round(width - 2, 2),
            "mine": job["mine"],
            "running": job["state"] == "running",
        }
        for x, width, job in zip(starts, widths, jobs, strict=True)
    ]


def _shares(shares: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The users by their turn, with bars from 0 to 100."""
    most = max((user["score"] for user in shares), default=0) or 1
    return [
        {**user, "seconds": user["score"] * user["weight"], "bar": round(100 * user["score"] / most, 2)}
        for user in shares
    ]
