"""What can go wrong, one function each: it happens while jobs run. None of them checks the samples: the ledger does.

Each raises AssertionError where the fault was not felt, for then nothing was tried; and says how long it took.
"""

import errno
import itertools
import time

import psutil
from sqlalchemy import text

from inverset.jobs.lifecycle import ENDED, Status
from inverset.jobs.tables import Job
from tests.end_to_end.process import Process
from tests.end_to_end.site import Site, odd
from tests.end_to_end.team import wait_for

END_SECONDS = 10  # in which a worker saves and ends
MINUTES = 600.0  # seconds by which a clock is wrong
POISONED = 666
LOST = "no longer holds part"
# Transactions in which nothing happens, of the ports of one process, that hold rows of others
HOLDING = text("""
    select count(*) from pg_stat_activity a join pg_locks l using (pid)
    where a.state like 'idle in transaction%' and l.mode in ('RowShareLock', 'RowExclusiveLock')
      and l.relation in ('jobs'::regclass, 'parts'::regclass) and a.client_port = any(:ports)""")


def restart_postgres(site: Site, n: int) -> str:
    """Once as an admin does, once as a power cut does."""
    postgres = site.stack["postgres"]
    site.under_way(n)
    with site.supervisor.without(postgres):
        postgres.terminate()
    job_id = site.under_way(n, 1)
    postgres.kill()
    wait_for(lambda: postgres.alive and postgres.ready(), 90, "the database's return")
    return _going_on(site, job_id)


def refuse_files(site: Site, n: int, seconds: float) -> str:
    """The store refuses every connection."""
    job_id = site.under_way(n)
    site.way.close()
    try:
        time.sleep(seconds)
        assert site.accepted(job_id) < n, "too quick a job to miss the store"
    finally:
        site.way.open()
    return _going_on(site, job_id)


def slow_files(site: Site, n: int, seconds: float, delay: float) -> None:
    """The store lets every request wait."""
    job_id = site.under_way(n)
    site.way.delay = delay
    try:
        time.sleep(seconds)
        assert site.accepted(job_id) < n, "too quick a job to wait for the store"
    finally:
        site.way.delay = 0


def fill_disk(site: Site, n: int) -> str:
    """The disk of the files is full, until somebody makes room."""
    job_id = site.under_way(n)
    heard = {worker.name: len(worker.said()) for worker in site.stack.workers}
    ballast = site.disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 12)):
                pass
    except OSError as wrong:
        assert wrong.errno == errno.ENOSPC  # noqa: PT017 - of the writing above
    wait_for(lambda: _said(site, heard, "tried again in 2 s"), 60, "a worker's finding the disk full")
    assert site.accepted(job_id) < n
    ballast.unlink()
    return _going_on(site, job_id)


def freeze(site: Site, n: int) -> str:
    """A worker stops for longer than its lease, and wakes up when another has its part."""
    worker, part = _frozen(site, site.under_way(n))
    heard, began = len(worker.said()), time.monotonic()
    try:
        wait_for(lambda: _attempt(site, part) > part.attempt, 90, "another worker's taking the part")
        taken = time.monotonic() - began
    finally:
        worker.cont()
    wait_for(lambda: LOST in worker.said()[heard:], 60, "its finding itself fenced")
    return f"taken by another after {taken:.1f} s"


def freeze_in_transaction(site: Site, n: int) -> str:
    """A worker stops while it holds rows that all others want: they get them when its lease is over."""
    worker, began = _frozen_holding_rows(site, n), time.monotonic()
    try:
        wait_for(site.team.ended, 90, "the end of all jobs with one worker frozen in a transaction")
    finally:
        worker.cont()
    return f"all jobs ended {time.monotonic() - began:.1f} s later"


def shift_clocks(site: Site, n: int) -> None:
    """One worker's clock goes ten minutes before the database's, the other's ten minutes after it."""
    site.hire(*(odd("clock", CLOCK_OFF_SECONDS=str(off)) for off in (MINUTES, -MINUTES)))
    heard = {worker.name: len(worker.said()) for worker in site.stack.workers}
    jobs = [site.team.ask(seed, n) for seed in (0, 1, 0)]
    wait_for(site.team.ended, 120, "the end of all jobs")
    assert {part.worker for job_id in jobs for part in site.parts(job_id)} == set(heard), "one did nothing"
    assert not _said(site, heard, LOST), "a lease was taken for older than it was"
    with site.stack.sessions.begin() as session:
        for job in (session.get(Job, job_id) for job_id in jobs):
            assert abs(job.finished_at.timestamp() - time.time()) < MINUTES / 2
    site.hire()


def end_in_between(site: Site, n: int) -> str:
    """SIGTERM while it samples: each worker once, one after the other."""
    took = list[float]()
    for worker in site.stack.workers:
        wait_for(lambda: _held_by(site, worker, n), 120, "its having a part")  # noqa: B023
        with site.supervisor.without(worker):
            began = time.monotonic()
            worker.terminate(2 * END_SECONDS)
            took.append(time.monotonic() - began)
            assert (worker.code, took[-1] < END_SECONDS) == (0, True)
            left = [part for job_id in site.team.jobs for part in site.held(job_id)]
            assert worker.name not in {part.worker for part in left}, "it kept a part"
            assert not any(part.losses or part.failures for part in left)
    return f"ended after {max(took):.1f} s at most"


def poison(site: Site, n: int) -> str:
    """A part kills whoever computes it; then a cure is found, and the job is tried again."""
    poisoned = odd("poison", POISON_SEED=str(POISONED), INVERSET_MAX_LOSSES="3")
    site.hire(*[poisoned] * len(site.stack.workers))
    before, began = site.supervisor.starts.copy(), time.monotonic()
    bad, good = site.team.ask(POISONED, 8), [site.team.ask(seed, n) for seed in (0, 1)]
    wait_for(lambda: _job(site, bad).state in ENDED, 120, "the end of the poisonous job")
    took = time.monotonic() - began
    assert (_job(site, bad).state, "3 workers in a row died" in _job(site, bad).error) == ("failed", True)
    wait_for(lambda: all(_job(site, each).state == Status.SUCCEEDED for each in good), 120, "the others' end")
    assert (site.supervisor.starts - before).total() == 3
    site.hire()
    site.team.retry(bad)
    return f"given up after {took:.1f} s"


def _going_on(site: Site, job_id: str) -> str:
    """How long it takes until there are more samples, from now on."""
    before, began = site.accepted(job_id), time.monotonic()
    wait_for(lambda: site.accepted(job_id) > before or site.team.ended(), 120, "a sample after it")
    return f"samples again after {time.monotonic() - began:.1f} s"


def _frozen(site: Site, job_id: str) -> tuple[Process, object]:
    """A worker, stopped while it holds a part of a job, and that part."""
    while True:
        wait_for(lambda: site.held(job_id), 60, "somebody's having a part")
        part = site.held(job_id)[0]
        worker = site.stack[part.worker]
        worker.stop()
        now = site.parts(job_id)[part.number]
        if now.state == Status.RUNNING and now.lease_token == part.lease_token:
            return worker, part
        worker.cont()


def _frozen_holding_rows(site: Site, n: int) -> Process:
    """A worker that was stopped between the first and the last statement of a transaction."""
    for seed in itertools.cycle((0, 1)):
        job_id = site.under_way(n, seed)
        while held := site.held(job_id):
            worker = site.stack[held[0].worker]
            worker.stop()
            ports = [each.laddr.port for each in psutil.Process(worker.pid).net_connections()]
            with site.stack.sessions.begin() as session:
                if session.scalar(HOLDING, {"ports": ports}):
                    return worker
            worker.cont()
    raise AssertionError("a cycle has no end")


def _held_by(site: Site, worker: Process, n: int) -> bool:
    """Whether a worker computes a part of which there are samples; asks for more where it has none."""
    if site.team.unended() == 0:
        site.under_way(n)
    held = [part for job_id in site.team.jobs for part in site.held(job_id)]
    return any(part.worker == worker.name and 0 < part.accepted < part.n for part in held)


def _attempt(site: Site, part) -> int:
    return site.parts(part.job_id)[part.number].attempt


def _job(site: Site, job_id: str) -> Job:
    with site.stack.sessions.begin() as session:
        return session.get(Job, job_id)


def _said(site: Site, heard: dict[str, int], words: str) -> bool:
    return any(words in worker.said()[heard[worker.name] :] for worker in site.stack.workers)
