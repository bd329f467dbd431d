"""What a worker works with, made once when it starts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from inverset.jobs.blobs import BlobStore, open_store
from inverset.jobs.database import Sessions, connect
from inverset.jobs.settings import Settings
from inverset.worker.retrying_store import RetryingStore
from inverset.worker.throughput import Throughput


@dataclass(frozen=True)
class Services:
    """The collaborators that every part needs."""

    sessions: Sessions
    blobs: BlobStore
    settings: Settings
    pace: Throughput = field(default_factory=Throughput)

    @classmethod
    def of(cls, settings: Settings) -> "Services":
        """What the settings name. A worker that falls silent loses the rows it holds as it loses its parts."""
        sessions = connect(settings.database, forgotten=settings.lease_seconds)
        return cls(sessions, open_store(settings.blobs), settings)

    def retrying(self, in_a_hurry: Callable[[], bool]) -> "Services":
        """The same, with a store that may be away for a while unless there is a hurry."""
        return replace(self, blobs=RetryingStore(self.blobs, self.settings.store_seconds, in_a_hurry))
