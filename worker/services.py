"""The collaborators of a worker, made once at its start."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from inverset.config.settings import Settings
from inverset.jobs.database import Sessions, connect
from inverset.storage import BlobStore, open_store
from inverset.worker.database_watch import DatabaseWatch
from inverset.worker.retrying_store import RetryingStore
from inverset.worker.throughput import Throughput


@dataclass(frozen=True)
class Services:
    """The collaborators that every part needs."""

    sessions: Sessions
    blobs: BlobStore
    settings: Settings
    database: DatabaseWatch
    pace: Throughput = field(default_factory=Throughput)

    @classmethod
    def of(cls, settings: Settings) -> "Services":
        """The services that the settings name. The database drops a worker's locks after ``lease_seconds`` of silence."""
        sessions = connect(settings.database, forgotten=settings.lease_seconds)
        return cls(sessions, open_store(settings.blobs), settings, DatabaseWatch(settings.lease_seconds))

    def retrying(self, in_a_hurry: Callable[[], bool]) -> "Services":
        """The same services with a store that retries while it is unavailable, unless there is a hurry."""
        return replace(self, blobs=RetryingStore(self.blobs, self.settings.store_seconds, in_a_hurry))
