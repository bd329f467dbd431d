"""What a worker works with, made once when it starts."""

from dataclasses import dataclass, field

from jobs.blobs import BlobStore, open_store
from jobs.database import Sessions, connect
from jobs.settings import Settings
from worker.pace import Pace


@dataclass(frozen=True)
class Desk:
    """The collaborators that every part needs."""

    sessions: Sessions
    blobs: BlobStore
    settings: Settings
    pace: Pace = field(default_factory=Pace)

    @classmethod
    def of(cls, settings: Settings) -> "Desk":
        """What the settings name."""
        return cls(connect(settings.database), open_store(settings.blobs), settings)
