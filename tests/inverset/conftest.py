"""A server with a toy model, its client, and a server that follows a script."""

import socket
import threading
from collections.abc import Iterator

import pytest

from inverset import Client
from inverset.config.settings import Settings
from inverset.jobs import database, store
from tests.api.conftest import deliver, serving, sessions, succeed
from tests.jobs.catalogue_of_scenes import CATALOGUE

__all__ = ["deliver", "sessions", "succeed"]  # fixtures: be the worker for a moment


@pytest.fixture
def settings(sqlite_tables, tmp_path) -> Settings:
    made = Settings(database_url=sqlite_tables, data_dir=tmp_path / "data", auth="off")
    sessions = database.connect(sqlite_tables)
    with database.writing(sessions) as session:
        store.publish_model(session, CATALOGUE)
    sessions.kw["bind"].dispose()
    return made


@pytest.fixture
def url(settings) -> Iterator[str]:
    """Of a server that has the toy model and no worker."""
    with serving(settings) as http:
        yield str(http.base_url)


@pytest.fixture
def client(url) -> Iterator[Client]:
    with Client(url) as made:
        yield made


class Script:
    """Answers one connection after the other with the next bytes of a script; b"" hangs up."""

    def __init__(self, *answers: bytes) -> None:
        self.requests: list[str] = []
        self._answers = answers
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self) -> None:
        for answer in self._answers:
            connection, _ = self._listening.accept()
            with connection:
                self.requests.append(connection.recv(65536).decode())
                connection.sendall(answer)

    def close(self) -> None:
        self._thread.join(5)
        self._listening.close()


@pytest.fixture
def play() -> Iterator[type[Script]]:
    """Start a server that follows a script."""
    started = []

    def play(*answers: bytes) -> Script:
        started.append(Script(*answers))
        return started[-1]

    yield play
    for each in started:
        each.close()
