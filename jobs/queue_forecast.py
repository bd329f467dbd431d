"""A forecast of the queue: the order and the times of service, by simulating fair share.

It is an estimate: jobs posted in the meantime are not known. Of a long queue it is made for the first jobs alone, so
that it costs the same however many wait behind them.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.jobs import clock, fairshare, queue_lengths, queue_lines, store, switches
from inverset.jobs.fairshare import Contender
from inverset.jobs.lifecycle import Status
from inverset.jobs.queue_lengths import QueueLengths
from inverset.jobs.queue_lines import Entry
from inverset.jobs.tables import Job, Worker

LONG = 1000  # jobs; of a queue that has more, only the first are looked at
FIRST = 200  # these: the places of the others are estimates
RUNNING = 0  # the position of a job that runs


class ForecastPlace(NamedTuple):
    """A job's place in the queue."""

    position: int  # from 1; 0: it is running
    ahead: int  # jobs that will be served before it, and those that run
    starts_in_seconds: float | None
    reason: str | None  # of contract.waiting.REASONS, where the seconds are None
    about: bool = False  # position and ahead are estimates: the job is far behind


@dataclass(frozen=True)
class QueueForecast:
    """A forecast of the queue at a moment."""

    at: datetime
    entries: Sequence[Entry]  # those that run, then the others as they will be served
    starts: Sequence[float | None]
    running: int
    waiting: int  # all of them, also those too far back to be looked at
    lengths: QueueLengths | None  # of a queue longer than the forecast; None: all its jobs are entries
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

    def place_behind(self, session: Session, job: Job) -> ForecastPlace:
        """About the place of a waiting job that is none of the entries."""
        reason = "paused" if self.paused else "far behind"
        last = max(1, self.waiting)
        if self.lengths is None:  # it came since
            return ForecastPlace(last, self.running + last - 1, None, reason, about=True)
        first = len(self.entries) - self.running + 1  # behind the entries
        position = min(last, max(first, self.lengths.position(session, job, self.contenders)))
        return ForecastPlace(position, self.running + position - 1, None, reason, about=True)

    def _places(self) -> Iterator[tuple[str, ForecastPlace]]:
        for index, (entry, start) in enumerate(zip(self.entries, self.starts, strict=True)):
            running = entry.state == Status.RUNNING
            position = RUNNING if running else index - self.running + 1
            yield entry.id, ForecastPlace(position, 0 if running else index, start, self.reason(start))


def look(
    session: Session,
    settings: Settings,
    at: datetime | None = None,
    lengths: Callable[[Session], QueueLengths] = queue_lengths.count,
) -> QueueForecast:
    """A forecast of the queue now.

    Args:
        session: to read with.
        settings: of the service.
        at: now; None: by the database's clock.
        lengths: counts a long queue, or gives an earlier count.
    """
    at = at or clock.now(session)
    contenders = fairshare.contenders(session, settings.half_life, at)
    workers = store.workers(session, settings.lease_seconds)
    owners = [user.name for user in contenders]
    lines = queue_lines.read(session, owners, _speeds(workers), LONG, FIRST)
    running, paused = lines.running, switches.is_on(session, switches.PAUSED)
    free = _free(running, len(workers), settings)
    served_first = _served(lines.of, contenders, settings.slice_seconds, free)
    served = list(islice(served_first, None if lines.whole else FIRST))
    counted = None if lines.whole else lengths(session)
    return QueueForecast(
        at,
        [*running, *(entry for entry, _ in served)],
        [*(0.0 for _ in running), *(start if workers and not paused else None for _, start in served)],
        len(running),
        len(served) if counted is None else max(len(served), counted.total - len(running)),
        counted,
        workers,
        contenders,
        paused,
    )


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
    lines: Mapping[str, Iterator[Entry]],
    contenders: Sequence[Contender],
    slice_seconds: float,
    free: list[float],
) -> Iterator[tuple[Entry, float | None]]:
    """Waiting jobs in the order of their first turns, with the seconds until then; ``free``: the workers' heap."""
    queues = {name: _costs(mine, slice_seconds) for name, mine in lines.items()}
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


def _costs(mine: Iterator[Entry], slice_seconds: float) -> Iterator[tuple[Entry, float | None, float]]:
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
