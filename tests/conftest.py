"""What every test may ask for."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from inverset import migrations
from inverset.storage import open_store
from tests import chromium, databases, services
from tests.end_to_end.process import Process
from tests.proxy import Proxy, proxy

# Each of these has one process to itself, for what it starts once serves all its tests. xdist 3.8 would read this from
# marks on the tests, but cannot where pytest is 9.2 or newer: it writes them into ids that nobody reads any more.
TOGETHER = (
    "tests/end_to_end/pages/",
    "tests/end_to_end/test_faults.py",
    "tests/end_to_end/test_stack.py",
    "tests/sampler/zoo/networks/test_exported.py",
)


class Groups(LoadScopeScheduling):
    """Deals out what belongs together, the largest first, then test by test."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Groups | None:
    return Groups(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is slow first, where processes share the tests: else one works on the last of it, and the others wait."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if services.SKIPPED:
        terminalreporter.section("SERVICES SKIPPED", sep="!", red=True)
        terminalreporter.line(
            "INVERSET_TEST_SERVICES=skip: nothing was tested on PostgreSQL, on Redis, on S3, in a browser."
        )
    elif chromium.UNWANTED:
        terminalreporter.section("BROWSER SKIPPED", sep="!", red=True)
        terminalreporter.line("INVERSET_TEST_CHROMIUM=skip: nobody walked the pages.")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server; started on first use, where none runs."""
    if services.SKIPPED:
        pytest.skip("INVERSET_TEST_SERVICES=skip")
    with services.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a Redis server; started on first use, where none runs."""
    if services.SKIPPED:
        pytest.skip("INVERSET_TEST_SERVICES=skip")
    with services.redis() as url:
        yield url


@pytest.fixture
def mortal_redis(tmp_path: Path) -> Iterator[Process]:
    """A Redis of this test's own, to be frozen and killed; its URL is in `url`."""
    if services.SKIPPED:
        pytest.skip("INVERSET_TEST_SERVICES=skip")
    port = services.free_port()
    options = ["--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    server = services.program("redis-server", "redis-server")
    made = Process(
        "redis", [server, *options], {}, tmp_path / "redis.log", lambda: services.answers_ping(port)
    )
    made.url = f"redis://127.0.0.1:{port}/0"
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The URL of a bucket; its server is started on first use."""
    if services.SKIPPED:
        pytest.skip("INVERSET_TEST_SERVICES=skip")
    with services.s3() as url:
        yield url


@pytest.fixture
def s3_store(s3_server: str) -> Iterator[str]:
    """The URL of a new, empty store in a bucket of its own prefix, emptied afterwards."""
    url = f"{s3_server}&prefix=test-{uuid.uuid4().hex}"
    yield url
    store = open_store(url)
    for blob in store.names():
        store.delete(blob.name)


@pytest.fixture
def folder_store(tmp_path: Path) -> str:
    """The URL of a new, empty store in a folder."""
    return (tmp_path / "a folder").as_uri()


@pytest.fixture(params=["folder", "s3"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a new, empty store: the test runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_store")


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[str]:
    """SQLAlchemy's URL of a new, empty PostgreSQL database, dropped afterwards."""
    with psycopg.connect(postgres_server, autocommit=True) as server:
        name = databases.create(server)
        yield databases.address(server, name)
        databases.drop(server, name)


@pytest.fixture(scope="session")
def postgres_shelf(postgres_server: str) -> Iterator[databases.Shelf]:
    with databases.shelf(postgres_server) as made:
        yield made


@pytest.fixture
def postgres_tables(postgres_shelf: databases.Shelf) -> Iterator[str]:
    """SQLAlchemy's URL of a PostgreSQL database with its tables, as migrations leave them."""
    with postgres_shelf.lend() as url:
        yield url


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """SQLAlchemy's URL of a new SQLite file."""
    return f"sqlite:///{tmp_path / 'inverset.db'}"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with its tables, to be copied."""
    made = tmp_path_factory.mktemp("migrated") / "inverset.db"
    migrations.upgrade(f"sqlite:///{made}")
    return made


@pytest.fixture
def sqlite_tables(sqlite_database: str, migrated_file: Path) -> str:
    """SQLAlchemy's URL of an SQLite file with its tables, as migrations leave them."""
    shutil.copy(migrated_file, sqlite_database.removeprefix("sqlite:///"))
    return sqlite_database


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy's URL of a new, empty database: the test runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture(params=["sqlite", "postgres"])
def tables_url(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy's URL of a database with its tables, as migrations leave them: once on each kind."""
    return request.getfixturevalue(f"{request.param}_tables")


@pytest.fixture
def s3_proxy(s3_store: str) -> Iterator[tuple[str, Proxy]]:
    """The URL of a new, empty store in a bucket, and the way to it, which can be made slow or closed."""
    host, port = services.address(s3_store)
    with proxy(host, port) as made:
        yield s3_store.replace(f"{host}:{port}", f"127.0.0.1:{made.port}"), made
