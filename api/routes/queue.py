"""The queue: its length, and when your own jobs begin."""

from fastapi import APIRouter

from inverset.api import views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices
from inverset.api.schemas import QueueAnswer
from inverset.jobs import switches

router = APIRouter(tags=["queue"])
LISTED = 1000  # jobs


@router.get("/queue")
def get_queue(services: InServices, caller: AsCaller) -> QueueAnswer:
    """List the jobs that have not ended, in the order of service. Of other owners' jobs you see only the size."""
    with services.reading() as session:
        line = services.queue.look(session)
        on = {each.name for each in switches.turned_on(session)}
    return views.describe_line(line, on, caller.name, LISTED)
