"""The line of the queue, looked at once a second at most: many ask for it, and it takes the whole queue to answer.

A long queue is looked at less often, so that looking takes a small share of the server's time; and who asks for a
job meanwhile is told what was seen last, rather than made to wait.
"""

import time
from threading import Lock

from sqlalchemy.orm import Session

from inverset.jobs import queue_forecast
from inverset.jobs.lifecycle import Status
from inverset.jobs.queue_forecast import RUNNING, Place, QueueForecast
from inverset.jobs.settings import Settings
from inverset.jobs.tables import Job

KEPT_SECONDS = 1.0
REST = 10  # times as long as a look took; then the next
SHORT = 1000  # jobs of a line that is looked at for the sake of a single one


class QueueCache:
    """The last look at the line, shared by all requests."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._seen: QueueForecast | None = None
        self._places: dict[str, Place] = {}
        self._seen_at, self._took = 0.0, 0.0

    def place(self, session: Session, job: Job) -> Place | None:
        """Where a job stands; None: it has ended. One that is too far back to be looked at is behind all others."""
        if job.state == Status.RUNNING:
            return Place(RUNNING, 0, 0.0, None)
        if job.state != Status.QUEUED:
            return None
        seen = self.seen(session)
        came_since = job.id not in self._places and job.waiting_since > seen.at
        if came_since and len(seen.entries) <= SHORT:
            seen = self.look(session)
        reason = "paused" if seen.paused else "far behind"
        last = Place(max(1, seen.waiting), seen.running + max(0, seen.waiting - 1), None, reason)
        return self._places.get(job.id, last)

    def seen(self, session: Session) -> QueueForecast:
        """The line of a moment ago."""
        seen = self._seen
        if seen is None:
            return self.look(session)
        rested = time.monotonic() >= self._seen_at + max(KEPT_SECONDS, REST * self._took)
        if not rested or not self._lock.acquire(blocking=False):
            return seen
        try:
            return self._look(session)
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Let the next one who asks look again: something was turned that changes all places."""
        self._seen = None

    def look(self, session: Session) -> QueueForecast:
        """The line as it is now; those who ask at the same time get the same."""
        asked = time.monotonic()
        with self._lock:
            return self._look(session) if self._seen is None or self._seen_at < asked else self._seen

    def _look(self, session: Session) -> QueueForecast:
        began = time.monotonic()
        seen = queue_forecast.look(session, self._settings)
        self._seen, self._places = seen, dict(seen.places())
        self._seen_at = time.monotonic()
        self._took = self._seen_at - began
        return seen
