"""The embedded server: the API in this process, a worker as its child, SQLite and a folder."""

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from inverset import migrations
from inverset.api import server
from inverset.client import Client
from inverset.config.settings import Settings
from inverset.errors import UserError, of_system
from inverset.jobs import database, store
from inverset.supervisor import Report, Supervisor

WORKER = "embedded"  # one name from start to start: what it held, it takes back at once
START_SECONDS = 60
Still = Callable[[], bool]


@dataclass(frozen=True)
class Embedded:
    """A running embedded server."""

    url: str
    supervisor: Supervisor
    alive: Still  # whether the API still runs
    offers: Still  # whether a worker has published its models

    def ready(self, goes_on: Still = lambda: True) -> bool:
        """Wait until the server takes jobs and the worker has published its models; False: it did not get there."""
        patience = time.monotonic() + START_SECONDS
        with Client(self.url) as client:
            while goes_on() and self.alive() and time.monotonic() < patience:
                if client.ready() and self.offers():
                    return True
                time.sleep(0.1)
        return False


@contextmanager
def embedded(settings: Settings, host: str, port: int, report: Report) -> Iterator[Embedded]:
    """Run API and worker until the end of the block, which comes within 10 seconds; port 0 is any free one.

    Raises:
        UserError: the port or the data folder is in use, the folder cannot be written, or the database cannot be had.
    """
    settings = settings.model_copy(update=_at_home(settings))
    with _listening(settings, host, port) as listening, _alone(settings.data_dir):
        _migrate(settings)
        log = log_of(settings)
        with _answering(settings, listening) as alive, Supervisor(settings, log, report) as supervisor:
            yield Embedded(server.url(listening), supervisor, alive, partial(_offers, settings.database))


def _at_home(settings: Settings) -> dict[str, object]:
    """The settings that differ from a team's server, unless they are set: no key is needed."""
    auth = settings.auth if "auth" in settings.model_fields_set else "off"
    return {"worker": settings.worker or WORKER, "parent": os.getpid(), "auth": auth}


def log_of(settings: Settings) -> Path:
    """The path of the worker's log."""
    return settings.data_dir / "worker.log"


def _offers(url: str) -> bool:
    """Whether a worker has published models; reads the database, since the API may need a key."""
    sessions = database.connect(url)
    with sessions.begin() as session:
        offered = store.models(session)
    sessions.kw["bind"].dispose()
    return bool(offered)


def _listening(settings: Settings, host: str, port: int) -> socket.socket:
    try:
        return server.listen(settings, host, port)
    except server.CannotServe as error:
        raise UserError(str(error)) from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock on the data folder: two workers of one name would take each other's work away for ever."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "up.lock").open("w")
    except OSError as error:
        raise UserError(f"the data folder {folder} cannot be written: {of_system(error)}") from None
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"another `inverset up` uses {folder}; choose another folder with --data"
            ) from None
        yield


def _migrate(settings: Settings) -> None:
    try:
        migrations.upgrade(settings.database)
    except (SQLAlchemyError, migrations.NewerDatabase) as error:
        raise UserError(migrations.why_not(settings.database, error)) from None


@contextmanager
def _answering(settings: Settings, listening: socket.socket) -> Iterator[Still]:
    """The API in a thread of its own, so that this process handles signals itself."""
    try:
        with server.running(settings, listening) as alive:
            yield alive
    except server.CannotServe as error:
        raise UserError(str(error)) from None
