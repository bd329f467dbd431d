"""Job events: one query every half second reads all watched jobs, however many clients watch."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import Context
from typing import NamedTuple

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from inverset.api import views
from inverset.api.deps import Services
from inverset.contract.errors import NotFound
from inverset.jobs import accounts, browser_sessions, store
from inverset.jobs.accounts import Known
from inverset.jobs.lifecycle import ENDED

log = logging.getLogger(__name__)
PAUSE = 0.5  # seconds between two polls
CHECK_SECONDS = 2  # between two checks of the watchers' access
# A waiting job is read again after so long: its place may be another one, though nothing changed.
PLACE_SECONDS = 5


class Snapshot(NamedTuple):
    """A job at its last look-up."""

    revision: int
    state: str  # "deleted": it is gone
    answer: str  # its JSON; empty where it is gone

    @property
    def over(self) -> bool:
        """Whether no further change will come."""
        return self.state in ENDED or self.state == "deleted"


class Watcher:
    """A client that watches a job, by a key or a session; ``known`` is None on a server without accounts."""

    def __init__(self, job_id: str, known: Known | None) -> None:
        self.job_id, self.known = job_id, known
        self.may = True


class Subscription:
    """A watched job and all its watchers."""

    def __init__(self) -> None:
        self.latest: Snapshot | None = None
        self.read_at = 0.0
        self.watchers = set[Watcher]()
        self.closed = False
        self._news = asyncio.Event()

    def update(self, snapshot: Snapshot | None) -> None:
        """Pass the job's new snapshot to all watchers; None: the last one, no more will come."""
        self.closed = snapshot is None
        if snapshot not in (None, self.latest):
            self.latest = snapshot
        elif not self.closed:
            return
        self.wake()

    def wake(self) -> None:
        """Wake all watchers, so that they look for changes."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def after(self, revision: int, watcher: Watcher) -> AsyncIterator[Snapshot]:
        """Snapshots of the job: now unless it is at ``revision``, then at each change, until it ends or the watcher loses access.

        A slow watcher misses snapshots that were replaced meanwhile.
        """
        last: Snapshot | None = None
        while not self.closed and watcher.may:
            snapshot, news = self.latest, self._news
            if snapshot is None or snapshot is last:
                await news.wait()
                continue
            if last is not None or snapshot.revision > revision:
                yield snapshot
            last = snapshot
            if snapshot.over:
                return

    def due(self) -> bool:
        """Whether to read the job again though its revision has not changed."""
        waits = self.latest is not None and self.latest.state == "queued"
        return waits and time.monotonic() - self.read_at > PLACE_SECONDS


class JobBroadcaster:
    """Polls the watched jobs and publishes their changes; belongs to one event loop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watched: dict[str, Subscription] = {}
        self._called = asyncio.Event()  # set: a new watcher waits for a first snapshot
        self._task: asyncio.Task[None] | None = None
        self._checked_at = 0.0

    @contextmanager
    def watching(self, watcher: Watcher) -> Iterator[Subscription]:
        """Watch a job for the length of the block."""
        job_id = watcher.job_id
        watched = self._watched.get(job_id)
        if watched is None or watched.closed:
            watched = self._watched[job_id] = Subscription()
        watched.watchers.add(watcher)
        self._called.set()
        if self._task is None or self._task.done():
            # In no request's context: what it writes is for all who watch.
            self._task = asyncio.create_task(self._look_on(), context=Context())
        try:
            yield watched
        finally:
            watched.watchers.discard(watcher)
            if not watched.watchers and self._watched.get(job_id) is watched:
                del self._watched[job_id]

    async def _look_on(self) -> None:
        """Poll until there are no watchers or the server ends; in every case the waiting watchers are woken."""
        try:
            while self._watched and not self._services.ending.is_set():
                self._called.clear()
                await self._look()
                await self._check()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._called.wait(), PAUSE)
        finally:
            for watched in self._watched.values():
                watched.update(None)

    async def _look(self) -> None:
        known = {
            job_id: -1 if each.latest is None or each.due() else each.latest.revision
            for job_id, each in self._watched.items()
        }
        try:
            news = await run_in_threadpool(self._read, known)
        except SQLAlchemyError as error:  # the watchers wait until the database is back
            log.warning("cannot read the watched jobs: %s", error)
            return
        for job_id, snapshot in news.items():
            if watched := self._watched.get(job_id):
                watched.read_at = time.monotonic()
                watched.update(snapshot)

    async def _check(self) -> None:
        """End the subscriptions of watchers whose credential expired or who lost access to the job."""
        if time.monotonic() - self._checked_at < CHECK_SECONDS:
            return
        watchers = {
            watcher: watcher.known
            for watched in self._watched.values()
            for watcher in watched.watchers
            if watcher.known is not None
        }
        try:
            gone = await run_in_threadpool(self._may_not, watchers) if watchers else []
        except SQLAlchemyError:  # the watchers wait as well
            return
        self._checked_at = time.monotonic()
        for watcher in gone:
            watcher.may = False
            if watched := self._watched.get(watcher.job_id):
                watched.wake()

    def _may_not(self, watchers: Mapping[Watcher, Known]) -> list[Watcher]:
        with self._services.reading() as session:
            owners = store.owners(session, {watcher.job_id for watcher in watchers})
            callers = accounts.holders(session, {known.key_id for known in watchers.values()})
            digests = {known.session for known in watchers.values() if known.session is not None}
            alive = browser_sessions.alive(session, digests)

        def may(job_id: str, known: Known) -> bool:
            caller = callers.get(known.key_id)
            signed_in = known.session is None or known.session in alive
            # Watchers of a deleted job still get its deletion.
            return caller is not None and signed_in and (job_id not in owners or caller.sees(*owners[job_id]))

        return [watcher for watcher, known in watchers.items() if not may(watcher.job_id, known)]

    def _read(self, known: Mapping[str, int]) -> dict[str, Snapshot]:
        """Snapshots of the jobs whose revision differs from the known one."""
        with self._services.reading() as session:
            now = store.revisions(session, list(known))
            changed = [job_id for job_id, revision in known.items() if now.get(job_id) != revision]
            return {job_id: self._snapshot(session, job_id, known[job_id]) for job_id in changed}

    def _snapshot(self, session: Session, job_id: str, known: int) -> Snapshot:
        try:
            job = store.job(session, job_id)
        except NotFound:
            return Snapshot(known, "deleted", "")
        place = self._services.queue.place(session, job)
        return Snapshot(job.revision, job.state.value, views.describe(job, place).model_dump_json())
