"""A forecast of the queue: the order and the times of service, by simulating fair share.

It is an estimate: jobs posted in the meantime are not known.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.jobs import clock, fairshare, store, switches
from inverset.jobs.fairshare import Contender
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import UNENDED, Job, Worker

LONGEST = 20_000  # jobs that are looked at; of every user the same number, from the head of their line
RUNNING = 0  # the position of a job that runs


class ForecastPlace(NamedTuple):
    """A job's place in the queue."""

    position: int  # from 1; 0: it is running
    ahead: int  # jobs that will be served before it, and those that run
    starts_in_seconds: float | None
    reason: str | None  # of contract.waiting.REASONS, where the seconds are None


class Entry(NamedTuple):
    """A job in the queue, as far as order and time need it."""

    id: str
    owner: str
    state: Status
    priority: int
    accepted: int
    n: int
    seconds: float | None  # of sampling still to come; None: not known


@dataclass(frozen=True)
class QueueForecast:
    """A forecast of the queue at a moment."""

    at: datetime
    entries: Sequence[Entry]  # those that run, then the others as they will be served
    starts: Sequence[float | None]
    running: int
    waiting: int  # all of them, also those too far back to be looked at
    workers: Sequence[Worker]
    contenders: Sequence[Contender]
    paused: bool = False

    def reason(self, start: float | None) -> str | None:
        """Why a start is not known, one of ``inverset.contract.waiting.REASONS``; None: it is known."""
        if start is not None:
            return None
        return "paused" if self.paused else "not measured" if self.workers else "no worker"

    @property
    def speeds(self) -> Mapping[str, float]:
        """The speed on each model in samples a second, averaged over the workers that measured it."""
        return _speeds(self.workers)

    def places(self) -> Mapping[str, ForecastPlace]:
        """The place of each entry, by id."""
        return dict(self._places())

    def _places(self) -> Iterator[tuple[str, ForecastPlace]]:
        for index, (entry, start) in enumerate(zip(self.entries, self.starts, strict=True)):
            running = entry.state == Status.RUNNING
            position = RUNNING if running else index - self.running + 1
            yield entry.id, ForecastPlace(position, 0 if running else index, start, self.reason(start))


def look(session: Session, settings: Settings, at: datetime | None = None) -> QueueForecast:
    """A forecast of the queue now."""
    at = at or clock.now(session)
    contenders = fairshare.contenders(session, settings.half_life, at)
    workers = store.workers(session, settings.lease_seconds)
    counted = dict(session.execute(select(Job.state, func.count()).where(UNENDED).group_by(Job.state)).all())
    queues = _queues(session, contenders, _speeds(workers), sum(counted.values()))
    running = [entry for mine in queues.values() for entry in mine if entry.state == Status.RUNNING]
    paused = switches.is_on(session, switches.PAUSED)
    served = list(_served(queues, contenders, settings.slice_seconds, _free(running, len(workers), settings)))
    return QueueForecast(
        at,
        [*running, *(entry for entry, _ in served)],
        [*(0.0 for _ in running), *(start if workers and not paused else None for _, start in served)],
        len(running),
        counted.get(Status.QUEUED, 0),
        workers,
        contenders,
        paused,
    )


def _queues(
    session: Session, contenders: Sequence[Contender], speeds: Mapping[str, float], length: int
) -> Mapping[str, Sequence[Entry]]:
    """All users' queues; of a long queue only the heads, read one by one, so that the rest costs nothing."""
    seconds = Job.tally["seconds"].as_float()
    columns = (Job.id, Job.owner, Job.state, Job.priority, Job.accepted, Job.n, Job.model, seconds)
    query = select(*columns).where(UNENDED).order_by(Job.priority.desc(), Job.waiting_since, Job.id)
    queues: dict[str, list[Entry]] = {user.name: [] for user in contenders}
    if length <= LONGEST:
        reads = [session.execute(query)]
    else:
        head = query.where(Job.owner == bindparam("name")).limit(max(20, LONGEST // len(queues)))
        reads = [session.execute(head, {"name": name}) for name in queues]
    for row in chain.from_iterable(reads):
        entry = _entry(row, speeds)
        queues.setdefault(entry.owner, []).append(entry)
    return queues


def _entry(row: Sequence[Any], speeds: Mapping[str, float]) -> Entry:
    its_id, owner, state, priority, accepted, n, model, seconds = row
    left = _seconds(n - accepted, accepted, seconds or 0.0, speeds.get(model))
    return Entry(its_id, owner, state, priority, accepted, n, left)


def _seconds(left: int, accepted: int, seconds: float, speed: float | None) -> float | None:
    """The remaining seconds, by the job's own speed so far; before its first sample, by the workers' speed on its model."""
    if accepted:
        return seconds / accepted * left
    return left / speed if speed else None


def _speeds(workers: Sequence[Worker]) -> Mapping[str, float]:
    """The speed on each model in samples a second, averaged over the workers that measured it."""
    measured: dict[str, list[float]] = {}
    for worker in workers:
        for model, speed in worker.speeds.items():
            if speed:
                measured.setdefault(model, []).append(speed)
    return {model: sum(speeds) / len(speeds) for model, speeds in measured.items()}


def _free(running: Sequence[Entry], workers: int, settings: Settings) -> list[float]:
    """When the workers are free, as a heap: those that run something, after their slice."""
    busy = sorted(_turn(entry, settings.slice_seconds) for entry in running)
    return [*[0.0] * (workers - len(busy)), *busy] or [0.0]


def _turn(entry: Entry, slice_seconds: float) -> float:
    return slice_seconds if entry.seconds is None else min(slice_seconds, entry.seconds)


def _served(
    heads: Mapping[str, Sequence[Entry]],
    contenders: Sequence[Contender],
    slice_seconds: float,
    free: list[float],
) -> Iterator[tuple[Entry, float | None]]:
    """Waiting jobs in the order of their first turns, with the seconds until then; ``free``: the workers' heap."""
    queues = {name: _costs(mine, slice_seconds) for name, mine in heads.items()}
    heap = [(user.score, rank, user) for rank, user in enumerate(contenders)]
    unknown: set[str] = set()  # users whose next start is not known
    while heap:
        score, rank, user = heapq.heappop(heap)
        following = next(queues[user.name], None)
        if following is None:
            continue
        entry, before, turn = following
        if before is None:
            unknown.add(user.name)
        start = free[0] + (before or 0.0) / len(free)
        heapq.heapreplace(free, start + turn)
        yield entry, None if user.name in unknown else round(start, 1)
        heapq.heappush(heap, (score + ((before or 0.0) + turn) / user.weight, rank, user))


def _costs(mine: Sequence[Entry], slice_seconds: float) -> Iterator[tuple[Entry, float | None, float]]:
    """A user's waiting jobs: each with the seconds of the same user's work ahead of it, and the seconds of its first slice.

    Jobs of one priority take turns; only those of a higher one are finished first.
    """
    first: float | None = 0.0  # of higher priorities, what is left after their first turns
    behind: float | None = 0.0  # likewise of this priority
    priority = None
    for entry in mine:
        if priority is not None and entry.priority < priority:
            first, behind = _sum(first, behind), 0.0
        priority, turn = entry.priority, _turn(entry, slice_seconds)
        if entry.state == Status.QUEUED:
            yield entry, first, turn
            first = None if first is None else 0.0
        behind = _sum(behind, None if entry.seconds is None else entry.seconds - turn)


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
