"""The page of the queue: waiting jobs, running jobs, and the users' shares."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from inverset.api import views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices
from inverset.api.schemas import QueueEntry, ShareAnswer
from inverset.api.web import galleries, standing
from inverset.api.web.rendering import page
from inverset.jobs import load, queue_lines, store, switches
from inverset.jobs.access import Caller
from inverset.jobs.filters import Filter
from inverset.jobs.lifecycle import Status
from inverset.jobs.queue_forecast import QueueForecast
from inverset.jobs.tables import Job

router = APIRouter()
SHOWN, ENDED = 60, 8  # jobs; those that failed or were stopped
NARROWEST = 6  # of the drawing of a job, where all together are 1000


@dataclass(frozen=True)
class Device:
    """A worker, and the job that it computes."""

    id: str
    device: str
    busy: bool
    job: Job | None  # None: it is idle, or the caller may not see the job


@dataclass(frozen=True)
class Entry:
    """A job in the queue."""

    answer: QueueEntry
    position: int
    job: Job | None  # None: the caller may not see it
    title: str
    standing: str  # what it waits for, or how far it is
    may_change: bool


@dataclass(frozen=True)
class Block:
    """A job in the drawing of the queue."""

    x: float
    width: float
    mine: bool
    running: bool


@dataclass(frozen=True)
class Share:
    """A user's share."""

    of: ShareAnswer
    seconds: float  # on devices, as they count now
    bar: float  # 0 to 100


@router.get("/queue")
def get_queue(request: Request, services: InServices, caller: AsCaller) -> Response:
    """The queue in the order of service; of jobs that the caller may not see only the size."""
    with services.reading() as session:
        line, on = services.queue.look(session), switches.turned_on(session)
        held = load.held(session, line.at)
        ids = {entry.id for entry in line.entries[:SHOWN]} | set(held.values())
        visible = load.jobs(session, ids, caller)
        answer = views.describe_line(line, {each.name for each in on}, caller.name, SHOWN)
        ended = store.jobs(session, Filter(seen_by=caller, owner=caller.name, may_retry=True), None, ENDED)[0]
        titles = galleries.titles_of(session, [*visible.values(), *ended])
    return page(
        request,
        "queue",
        line=answer,
        workers=[
            Device(each.id, each.device, each.id in held, visible.get(held.get(each.id, "")))
            for each in line.workers
        ],
        entries=list(_entries(line, answer.jobs, visible, titles, caller)),
        ended=list(map(views.describe, ended)),
        titles=titles,
        blocks=_blocks(answer.jobs),
        shares=_shares(answer.shares),
        beyond=line.running + line.waiting - SHOWN,
    )


def _entries(
    line: QueueForecast,
    jobs: Sequence[QueueEntry],
    visible: Mapping[str, Job],
    titles: Mapping[str, str],
    caller: Caller,
) -> Iterator[Entry]:
    places = line.places()
    for entry, answer in zip(line.entries, jobs, strict=False):
        job = visible.get(entry.id)
        may_change = job is not None and (caller.admin or job.owner == caller.name)
        title, how = titles.get(entry.id, ""), _standing(entry, answer, job)
        yield Entry(answer, places[entry.id].position, job, title, how, may_change)


def _standing(entry: queue_lines.Entry, answer: QueueEntry, job: Job | None) -> str:
    if entry.state == Status.QUEUED:
        return standing.waiting(answer, entry.accepted, entry.n)
    stopping = job is not None and job.cancel_requested
    return standing.running(entry.accepted, entry.n, entry.seconds, stopping=stopping)


def _blocks(jobs: Sequence[QueueEntry]) -> list[Block]:
    """The queue as a drawing from 0 to 1000: a block per job, as wide as it has samples to come."""
    wide = [max(1, job.n - job.accepted) for job in jobs]
    whole = max(1, sum(wide))
    widths = [NARROWEST + (1000 - NARROWEST * len(wide)) * each / whole for each in wide]
    starts = [sum(widths[:index]) for index in range(len(widths))]
    return [
        Block(round(x, 2), round(width - 2, 2), job.mine, job.state == Status.RUNNING)
        for x, width, job in zip(starts, widths, jobs, strict=True)
    ]


def _shares(shares: Sequence[ShareAnswer]) -> list[Share]:
    """The users by their turn."""
    most = max((user.score for user in shares), default=0) or 1
    return [Share(user, user.score * user.weight, round(100 * user.score / most, 2)) for user in shares]
