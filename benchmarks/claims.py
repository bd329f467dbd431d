"""What the length of the queue costs: a claim, the look at the line, a queued job's status."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from sqlalchemy import select, text

from benchmarks import asking, rows, servers
from benchmarks.asking import Times
from inverset.api.queue_cache import QueueCache
from inverset.config.settings import Settings
from inverset.jobs import claims, leases, queue_lengths
from inverset.jobs.claims import Bidder
from inverset.jobs.database import Sessions, writing
from inverset.jobs.leases import Progress, SavedSample
from inverset.jobs.tables import Job

USERS = 50
WARM_SECONDS, STATUS_SECONDS = 2.0, 15.0  # of asking for the status of jobs: not counted, counted
_SETTINGS = Settings()
_GENERIC = (
    "?options=-c%20plan_cache_mode%3Dforce_generic_plan"  # as a prepared statement may come to be planned
)


class Cost(NamedTuple):
    """Milliseconds by the length of the queue."""

    what: str
    times: Mapping[int, Times]

    @property
    def ratio(self) -> float:
        """Of medians, the longest queue over the shortest."""
        return self.times[max(self.times)].median / self.times[min(self.times)].median


class Scans(NamedTuple):
    """How PostgreSQL read the jobs, for each claim."""

    by_line: float  # looks into ix_jobs_line
    whole: float  # of the whole table


def measure(kind: str, lengths: Sequence[int], rounds: int) -> tuple[list[Cost], Scans | None]:
    """All costs on one kind of database."""
    with ExitStack() as stack:
        urls = dict(zip(lengths, stack.enter_context(servers.databases(kind, len(lengths))), strict=True))
        opened = {length: stack.enter_context(servers.connected(url)) for length, url in urls.items()}
        for length, sessions in opened.items():
            rows.queue(sessions, length, USERS)
        costs = [Cost("claim", _in_turn(opened, _claim, rounds))]
        scans = None
        if kind == "PostgreSQL":
            generic = {
                length: stack.enter_context(servers.connected(url + _GENERIC)) for length, url in urls.items()
            }
            before = _scans(opened[max(lengths)])
            costs.append(Cost("claim, generic plan", _in_turn(generic, _claim, rounds)))
            scans = _per_claim(before, _scans(opened[max(lengths)]), rounds)
        costs.append(Cost("save of 40 samples", _in_turn(opened, _save, min(rounds, 50))))
        costs.append(Cost("look at the line", _in_turn(opened, _Looks(), min(rounds, 50))))
        costs.append(Cost("count of the line, each 30 s", _in_turn(opened, _count, min(rounds, 9))))
        costs.append(Cost("GET of a queued job", {n: _status(url, opened[n]) for n, url in urls.items()}))
        return costs, scans


def _in_turn(
    opened: Mapping[int, Sessions], take: Callable[[Sessions], float], rounds: int
) -> dict[int, Times]:
    """A measurement of each in turn, so that a busy machine slows all alike."""
    result: dict[int, list[float]] = {length: [] for length in opened}
    for _ in range(rounds):
        for length, sessions in opened.items():
            result[length].append(take(sessions))
    return {length: Times.of(seconds) for length, seconds in result.items()}


def _claim(sessions: Sessions) -> float:
    """The transaction of a claim; afterwards the part is given back."""
    began = time.perf_counter()
    with writing(sessions) as session:
        claim = claims.claim(session, Bidder("w", ["scenes"], ["scenes"]), _SETTINGS)
    seconds = time.perf_counter() - began
    if claim is None:
        raise RuntimeError("nothing was there to be claimed")
    with writing(sessions) as session:
        leases.release(session, claim)
    return seconds


def _save(sessions: Sessions) -> float:
    """The transaction of a save, as a worker has one a second."""
    with writing(sessions) as session:
        claim = claims.claim(session, Bidder("w"), _SETTINGS)
    if claim is None:
        raise RuntimeError("nothing was there to be claimed")
    first = claim.first_index + claim.accepted
    files = [rows.picture(claim.job_id, first + number) for number in range(rows.CHUNK)]
    new = [
        SavedSample(first + number, file, "0" * 64, rows.PICTURE, {rows.NEURON: 2.0}, 1)
        for number, file in enumerate(files)
    ]
    began = time.perf_counter()
    with writing(sessions) as session:
        leases.save(session, claim, Progress(new, rows.chunk(claim.job_id, first), "state", {"seconds": 2.0}))
    seconds = time.perf_counter() - began
    with writing(sessions) as session:
        leases.release(session, claim)
    return seconds


class _Looks:
    """Looks at a queue as the API does, which keeps a count of a long one for a while."""

    def __init__(self) -> None:
        self._caches: dict[Sessions, QueueCache] = {}

    def __call__(self, sessions: Sessions) -> float:
        with sessions.begin() as session:
            if sessions not in self._caches:
                self._caches[sessions] = QueueCache(_SETTINGS)
                self._caches[sessions].look(session)
            began = time.perf_counter()
            self._caches[sessions].look(session)
            return time.perf_counter() - began


def _count(sessions: Sessions) -> float:
    """Of a queue longer than the forecast."""
    with sessions.begin() as session:
        began = time.perf_counter()
        queue_lengths.count(session)
        return time.perf_counter() - began


def _status(url: str, sessions: Sessions) -> Times:
    """Twenty a second, of any jobs in the line."""
    with sessions.begin() as session:
        known = session.scalars(select(Job.id)).all()
    picked = random.Random(0).choices(known, k=1000)
    with servers.front(url, "file:///nowhere") as front:
        asking.steadily(front.url, lambda at: f"/v1/jobs/{picked[at]}", 20, WARM_SECONDS)
        return asking.steadily(front.url, lambda at: f"/v1/jobs/{picked[at]}", 20, STATUS_SECONDS)


def _scans(sessions: Sessions) -> Scans:
    by_line = "select idx_scan from pg_stat_user_indexes where indexrelname = 'ix_jobs_line'"
    whole = "select seq_scan from pg_stat_user_tables where relname = 'jobs'"
    time.sleep(1.5)  # sessions tell what they did once a second
    with sessions.begin() as session:
        return Scans(*(session.execute(text(query)).scalar_one() for query in (by_line, whole)))


def _per_claim(before: Scans, after: Scans, rounds: int) -> Scans:
    return Scans(*((there - then) / rounds for then, there in zip(before, after, strict=True)))
