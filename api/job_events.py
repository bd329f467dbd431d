"""Jobs that are watched: one look at all of them every half second, however many watch."""

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

from inverset.api.deps import Services
from inverset.api.schemas import JobAnswer
from inverset.jobs import accounts, browser_sessions, store, views
from inverset.jobs.accounts import Known
from inverset.jobs.lifecycle import ENDED, NotFound

log = logging.getLogger(__name__)
PAUSE = 0.5  # seconds between two looks
CHECK_SECONDS = 2  # between two looks whether those who watch still may
# A waiting job is read again after so long: its place may be another one, though nothing changed.
PLACE_SECONDS = 5


class Snapshot(NamedTuple):
    """A job as it was last seen."""

    revision: int
    state: str  # "deleted": it is gone
    answer: str  # its JSON; empty where it is gone

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED or self.state == "deleted"


class Watcher:
    """Somebody who watches a job, by a key or a session; ``known`` is None on a server without accounts."""

    def __init__(self, job_id: str, known: Known | None) -> None:
        self.job_id, self.known = job_id, known
        self.may = True


class Subscription:
    """A job that somebody watches, and all who do."""

    def __init__(self) -> None:
        self.seen: Snapshot | None = None
        self.read_at = 0.0
        self.watchers = set[Watcher]()
        self.closed = False
        self._news = asyncio.Event()

    def tell(self, seen: Snapshot | None) -> None:
        """Let all know what the job is like now; None: that nothing more will be seen."""
        self.closed = seen is None
        if seen not in (None, self.seen):
            self.seen = seen
        elif not self.closed:
            return
        self.wake()

    def wake(self) -> None:
        """Have all who watch look at what changed."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def after(self, revision: int, watcher: Watcher) -> AsyncIterator[Snapshot]:
        """The job, unless it is as ``revision`` was, and each time it changes, until it is over or not for the watcher any more.

        Whoever is slow misses what has been replaced by then.
        """
        told: Snapshot | None = None
        while not self.closed and watcher.may:
            seen, news = self.seen, self._news
            if seen is None or seen is told:
                await news.wait()
                continue
            if told is not None or seen.revision > revision:
                yield seen
            told = seen
            if seen.over:
                return

    def due(self) -> bool:
        """Whether a job that does not change is to be read all the same."""
        waits = self.seen is not None and self.seen.state == "queued"
        return waits and time.monotonic() - self.read_at > PLACE_SECONDS


class JobBroadcaster:
    """Looks at the jobs that are watched; belongs to one event loop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watched: dict[str, Subscription] = {}
        self._called = asyncio.Event()  # somebody new waits for a first look
        self._task: asyncio.Task[None] | None = None
        self._checked_at = 0.0

    @contextmanager
    def watching(self, watcher: Watcher) -> Iterator[Subscription]:
        """Have a job watched during the block."""
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
        """Until nobody watches any more, or the server ends; whatever happens, nobody is left waiting."""
        try:
            while self._watched and not self._services.ending.is_set():
                self._called.clear()
                await self._look()
                await self._check()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._called.wait(), PAUSE)
        finally:
            for watched in self._watched.values():
                watched.tell(None)

    async def _look(self) -> None:
        known = {
            job_id: -1 if each.seen is None or each.due() else each.seen.revision
            for job_id, each in self._watched.items()
        }
        try:
            news = await run_in_threadpool(self._read, known)
        except SQLAlchemyError as error:  # they hear nothing until the database is back
            log.warning("cannot look at the jobs that are watched: %s", error)
            return
        for job_id, seen in news.items():
            if watched := self._watched.get(job_id):
                watched.read_at = time.monotonic()
                watched.tell(seen)

    async def _check(self) -> None:
        """Let those go whose key or session is good no longer, or who may not see the job any more."""
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
        except SQLAlchemyError:  # nor do they hear anything then
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
            # Of a job that is gone they are still told that it is.
            return caller is not None and signed_in and (job_id not in owners or caller.sees(*owners[job_id]))

        return [watcher for watcher, known in watchers.items() if not may(watcher.job_id, known)]

    def _read(self, known: Mapping[str, int]) -> dict[str, Snapshot]:
        """Those of the jobs that are not as they were known."""
        with self._services.reading() as session:
            now = store.revisions(session, list(known))
            changed = [job_id for job_id, revision in known.items() if now.get(job_id) != revision]
            return {job_id: self._seen(session, job_id, known[job_id]) for job_id in changed}

    def _seen(self, session: Session, job_id: str, known: int) -> Snapshot:
        try:
            job = store.job(session, job_id)
        except NotFound:
            return Snapshot(known, "deleted", "")
        place = self._services.queue.place(session, job)
        answer = JobAnswer.model_validate(views.describe(job, place))
        return Snapshot(job.revision, job.state.value, answer.model_dump_json())
