"""Dependencies of the routes: the services of the application."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Annotated, Protocol, Self

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from inverset import storage
from inverset.api.queue_cache import QueueCache
from inverset.config.settings import Settings
from inverset.gallery.reference_images import ReferenceImageCache
from inverset.gallery.sample_details import SampleDetails
from inverset.jobs import database
from inverset.jobs.database import Sessions
from inverset.storage import BlobStore


class Doorbell(Protocol):
    """Wakes idle workers."""

    def announce(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Services:
    """Everything that the routes share: settings, database, object store, caches; one instance per application.

    A route opens its transaction itself and closes it before it answers. So a commit that fails cannot answer
    200, and no connection waits for one of the server's threads (a session made by ``Depends`` would: forty
    requests at once could then hold each other up).
    """

    settings: Settings
    sessions: Sessions
    readers: Sessions
    blobs: BlobStore
    queue: QueueCache
    reference_images: ReferenceImageCache
    sample_details: SampleDetails
    doorbell: Doorbell | None = None  # None: workers look by themselves
    ending: Event = field(default_factory=Event)  # set: waiting requests are answered now

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The services that the settings describe. Raises ValueError if they name an unknown kind of store."""
        bell = _doorbell(settings) if settings.redis_url else None
        sessions, store = database.connect(settings.database), storage.open_store(settings.blobs)
        readers = database.readers(sessions)
        return cls(
            settings,
            sessions,
            readers,
            store,
            QueueCache(settings),
            ReferenceImageCache(store),
            SampleDetails(store),
            bell,
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only session."""
        with self.readers.begin() as session:
            yield session

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """A connection for one or two queries, where a session would double the cost."""
        bound: Engine = self.readers.kw["bind"]
        with bound.connect() as connection:
            yield connection

    def writing(self) -> AbstractContextManager[Session]:
        """A session for writing; it commits at the end of the block."""
        return database.writing(self.sessions)

    def announce(self) -> None:
        """Tell the workers that there is new work; call it after the commit. It neither waits nor fails."""
        if self.doorbell is not None:
            self.doorbell.announce()

    def close(self) -> None:
        """Close all connections."""
        if self.doorbell is not None:
            self.doorbell.close()
        self.sessions.kw["bind"].dispose()


def _doorbell(settings: Settings) -> Doorbell:
    from inverset.jobs.queue import RedisDoorbell  # noqa: PLC0415 - the embedded server needs no Celery

    return RedisDoorbell(settings)


async def _services(request: Request) -> Services:  # not async, it would have a thread called for it
    services: Services = request.app.state.services
    return services


InServices = Annotated[Services, Depends(_services)]
