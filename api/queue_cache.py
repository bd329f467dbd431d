"""A cached forecast of the queue, renewed once a second at most: many requests need it.

The jobs of a long queue are counted less often than its head is looked at, so that counting takes a small share of the
server's time; requests meanwhile get the last forecast instead of waiting.
"""

import time
from threading import Lock

from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.jobs import queue_forecast, queue_lengths
from inverset.jobs.lifecycle import Status
from inverset.jobs.queue_forecast import RUNNING, ForecastPlace, QueueForecast
from inverset.jobs.queue_lengths import QueueLengths
from inverset.jobs.tables import Job

KEPT_SECONDS = 1.0
REST = 10  # times as long as a look took; then the next
COUNTED_SECONDS = 30.0  # that a count of a long queue is kept


class QueueCache:
    """A forecast of the queue, shared by all requests."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._forecast: QueueForecast | None = None
        self._places: dict[str, ForecastPlace] = {}
        self._forecast_at, self._took = 0.0, 0.0
        self._lengths: QueueLengths | None = None
        self._count_again_at = 0.0

    def place(self, session: Session, job: Job) -> ForecastPlace | None:
        """A job's place in the queue; None: it has ended. Of a job behind the forecast, about."""
        if job.state == Status.RUNNING:
            return ForecastPlace(RUNNING, 0, 0.0, None)
        if job.state != Status.QUEUED:
            return None
        forecast = self.recent(session)
        came_since = job.id not in self._places and job.waiting_since > forecast.at
        if came_since and forecast.lengths is None:
            forecast = self.look(session)
        return self._places.get(job.id) or forecast.place_behind(session, job)

    def recent(self, session: Session) -> QueueForecast:
        """The forecast, at most about a second old."""
        forecast = self._forecast
        if forecast is None:
            return self.look(session)
        rested = time.monotonic() >= self._forecast_at + max(KEPT_SECONDS, REST * self._took)
        if not rested or not self._lock.acquire(blocking=False):
            return forecast
        try:
            return self._look(session)
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Drop the forecast, because a switch has changed all places."""
        self._forecast = None

    def look(self, session: Session) -> QueueForecast:
        """A new forecast; requests that arrive at the same time share it."""
        asked = time.monotonic()
        with self._lock:
            return (
                self._look(session) if self._forecast is None or self._forecast_at < asked else self._forecast
            )

    def _look(self, session: Session) -> QueueForecast:
        began = time.monotonic()
        forecast = queue_forecast.look(session, self._settings, lengths=self._counted)
        self._forecast, self._places = forecast, dict(forecast.places())
        self._forecast_at = time.monotonic()
        self._took = self._forecast_at - began
        return forecast

    def _counted(self, session: Session) -> QueueLengths:
        """The lengths of a long queue, counted lately."""
        began = time.monotonic()
        if self._lengths is None or began >= self._count_again_at:
            self._lengths = queue_lengths.count(session)
            ended = time.monotonic()
            self._count_again_at = ended + max(COUNTED_SECONDS, REST * (ended - began))
        return self._lengths
