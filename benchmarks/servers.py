"""Servers to measure: started for one run, gone after it."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from inverset import Client, migrations
from inverset.jobs import database
from inverset.jobs.database import Sessions
from tests import services


class Front(NamedTuple):
    """An API of its own, without workers and accounts."""

    url: str
    pid: int


@contextlib.contextmanager
def embedded() -> Iterator[Client]:
    """`inverset up`, once its worker has said what it offers."""
    with TemporaryDirectory() as folder:
        command = ["up", "--data", f"{folder}/data", "--port", str(services.free_port())]
        with _running(command, {}) as server, Client(server.url) as client:
            while not (client.ready() and client.models()):
                time.sleep(0.1)
            yield client


@contextlib.contextmanager
def front(database_url: str, blob_url: str) -> Iterator[Front]:
    """`inverset api` on a database that has its tables."""
    where = {"INVERSET_DATABASE_URL": database_url, "INVERSET_BLOB_URL": blob_url, "INVERSET_AUTH": "off"}
    with (
        _running(["api", "--port", str(services.free_port())], where) as server,
        Client(server.url) as client,
    ):
        while not client.ready():
            time.sleep(0.1)
        yield server


@contextlib.contextmanager
def databases(kind: str, count: int) -> Iterator[list[str]]:
    """URLs of new databases with their tables; PostgreSQL does not wait for the disk, so that its own work is seen."""
    with contextlib.ExitStack() as stack:
        if kind == "SQLite":
            folder = Path(stack.enter_context(TemporaryDirectory()))
            urls = [f"sqlite:///{folder}/{number}.db" for number in range(count)]
        else:
            server = stack.enter_context(services.private_postgres())
            urls = [_created(server, f"measured_{number}") for number in range(count)]
        for url in urls:
            migrations.upgrade(url)
        yield urls


@contextlib.contextmanager
def connected(url: str) -> Iterator[Sessions]:
    """Sessions of a database, closed at the end."""
    sessions = database.connect(url)
    try:
        yield sessions
    finally:
        sessions.kw["bind"].dispose()


@contextlib.contextmanager
def stores() -> Iterator[dict[str, str]]:
    """URLs of new stores of files, by their kind."""
    with TemporaryDirectory() as folder, services.private_s3() as bucket:
        yield {"folder": Path(folder).as_uri(), "S3": bucket}


def _created(server: str, name: str) -> str:
    import psycopg  # noqa: PLC0415 - SQLite needs none

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return f"{server.rsplit('/', 1)[0]}/{name}".replace("postgresql:", "postgresql+psycopg:", 1)


@contextlib.contextmanager
def _running(command: list[str], settings: dict[str, str]) -> Iterator[Front]:
    rest = {name: value for name, value in os.environ.items() if not name.startswith("INVERSET_")}
    server = subprocess.Popen(
        [sys.executable, "-m", "inverset", *command],
        env=rest | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{command[-1]}"
        while not _listens(int(command[-1])):
            if server.poll() is not None:
                raise RuntimeError(f"{command} ended with {server.returncode}")
            time.sleep(0.05)
        yield Front(url, server.pid)
    finally:
        server.terminate()
        server.wait(20)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=3):
        return True
    return False
