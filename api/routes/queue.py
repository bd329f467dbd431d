"""The queue: its length, and when your own jobs begin."""

from typing import Any

from fastapi import APIRouter

from inverset.api.auth import AsCaller
from inverset.api.deps import InServices
from inverset.api.schemas import QueueAnswer
from inverset.jobs import switches, views

router = APIRouter(tags=["queue"])
LISTED = 1000  # jobs


@router.get("/queue", response_model=QueueAnswer)
def get_queue(services: InServices, caller: AsCaller) -> dict[str, Any]:
    """Jobs that have not ended, in the order of service; of other owners' jobs only the size."""
    with services.reading() as session:
        line = services.queue.look(session)
        on = {each.name for each in switches.turned_on(session)}
    return views.describe_line(line, on, caller.name, LISTED)
