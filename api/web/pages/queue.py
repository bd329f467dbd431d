"""Who waits, what runs, whose turn it is."""

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
    """The line as it is going to be served; of jobs that one may not see only how large they are."""
    with services.reading() as session:
        line, on = services.queue.look(session), switches.turned_on(session)
        held = load.held(session, line.at)
        ids = {entry.id for entry in line.entries[:SHOWN]} | set(held.values())
        seen = load.jobs(session, ids, caller)
        told = views.describe_line(line, {each.name for each in on}, caller.name, SHOWN)
    return page(
        request,
        "queue",
        line=told,
        workers=[
            {
                "id": each.id,
                "device": each.device,
                "busy": each.id in held,
                "job": _job(seen, held.get(each.id)),
            }
            for each in line.workers
        ],
        entries=list(_entries(line, told["jobs"], seen)),
        blocks=_blocks(told["jobs"]),
        shares=_shares(told["shares"]),
        beyond=len(line.entries) - SHOWN,
    )


def _job(seen: Mapping[str, Job], job_id: str | None) -> dict[str, Any] | None:
    """A job as far as it may be shown; None: it may not."""
    found = seen.get(job_id or "")
    return None if found is None else {"id": found.id, "ranges": found.ranges, "owner": found.owner}


def _entries(
    line: QueueForecast, told: Sequence[Mapping[str, Any]], seen: Mapping[str, Job]
) -> Iterator[dict[str, Any]]:
    places = line.places()
    for entry, answer in zip(line.entries, told, strict=False):
        yield {**answer, "position": places[entry.id].position, "job": _job(seen, entry.id)}


def _blocks(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The line as a drawing: a block for each job, as wide as it has samples to come, from 0 to 1000."""
    wide = [max(1, job["n"] - job["accepted"]) for job in told]
    whole = max(1, sum(wide))
    widths = [NARROWEST + (1000 - NARROWEST * len(wide)) * each / whole for each in wide]
    starts = [sum(widths[:at]) for at in range(len(widths))]
    return [
        {
            "x": round(x, 2),
            "width": round(width - 2, 2),
            "mine": job["mine"],
            "running": job["state"] == "running",
        }
        for x, width, job in zip(starts, widths, told, strict=True)
    ]


def _shares(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Whose turn it is, with bars from 0 to 100."""
    most = max((user["score"] for user in told), default=0) or 1
    return [
        {**user, "seconds": user["score"] * user["weight"], "bar": round(100 * user["score"] / most, 2)}
        for user in told
    ]
