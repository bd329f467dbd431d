"""The line of the queue, looked at once a second at most: many ask for it, and it takes the whole queue to answer."""

import time
from threading import Lock

from sqlalchemy.orm import Session

from jobs import line
from jobs.lifecycle import Status
from jobs.line import RUNNING, Line, Place
from jobs.settings import Settings
from jobs.tables import Job

KEPT_SECONDS = 1.0


class Lines:
    """The last look at the line, shared by all requests."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._seen: Line | None = None
        self._places: dict[str, Place] = {}
        self._until = 0.0

    def place(self, session: Session, job: Job) -> Place | None:
        """Where a job stands; None: it has ended. One that is too far back to be looked at is behind all others."""
        if job.state == Status.RUNNING:
            return Place(RUNNING, 0, 0.0)
        if job.state != Status.QUEUED:
            return None
        seen = self.seen(session)
        if job.id not in self._places and job.waiting_since > seen.at:  # it came since then
            seen = self.look(session)
        last = Place(max(1, seen.waiting), seen.running + max(0, seen.waiting - 1), None)
        return self._places.get(job.id, last)

    def seen(self, session: Session) -> Line:
        """The line of a moment ago."""
        seen = self._seen
        return self.look(session) if seen is None or time.monotonic() >= self._until else seen

    def look(self, session: Session) -> Line:
        """The line as it is now; those who ask at the same time get the same."""
        asked = time.monotonic()
        with self._lock:
            if self._seen is None or self._until - KEPT_SECONDS < asked:
                seen = line.look(session, self._settings)
                self._seen, self._places, self._until = (
                    seen,
                    dict(seen.places()),
                    time.monotonic() + KEPT_SECONDS,
                )
            return self._seen
