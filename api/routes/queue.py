"""The queue: how long it is, and when one's own jobs begin."""

from typing import Any

from fastapi import APIRouter

from api.admission import AsCaller
from api.deps import InHouse
from api.schemas import QueueAnswer
from jobs import switches, views
from jobs.line import Entry
from jobs.switches import DRAINING, PAUSED

router = APIRouter(tags=["queue"])
LISTED = 1000  # jobs


@router.get("/queue", response_model=QueueAnswer)
def get_queue(house: InHouse, caller: AsCaller) -> dict[str, Any]:
    """Jobs that have not ended, as they are going to be served; of other owners' jobs only how large they are."""
    with house.reading() as session:
        line = house.lines.look(session)
        on = {each.name for each in switches.turned_on(session)}
    listed = zip(line.entries[:LISTED], line.starts[:LISTED], strict=True)
    return {
        "running": line.running,
        "waiting": line.waiting,
        "paused": PAUSED in on,
        "draining": DRAINING in on,
        "workers": [{"id": worker.id, "device": worker.device} for worker in line.workers],
        "shares": [
            {"user": user.name, "weight": user.weight, "score": round(user.score, 3), "running": user.running}
            for user in line.contenders
        ],
        "jobs": [_entry(job, caller.name, start) for job, start in listed],
    }


def _entry(job: Entry, owner: str, starts_in_seconds: float | None) -> dict[str, Any]:
    mine = job.owner == owner
    return {
        "id": job.id if mine else None,
        "mine": mine,
        "state": job.state,
        "priority": job.priority,
        "accepted": job.accepted,
        "n": job.n,
        "starts_in_seconds": starts_in_seconds,
        "links": views.links(job.id) if mine else None,
    }
