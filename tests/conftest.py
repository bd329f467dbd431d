"""What every test may ask for."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests import services


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if services.SKIPPED:
        terminalreporter.section("SERVICES SKIPPED", sep="!", red=True)
        terminalreporter.line(
            "INVERSET_TEST_SERVICES=skip: nothing was tested on PostgreSQL, nothing on Redis."
        )


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
def postgres_database(postgres_server: str) -> Iterator[str]:
    """SQLAlchemy's URL of a new, empty PostgreSQL database, dropped afterwards."""
    name = f"inverset_test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        address = connection.info
        password = f":{address.password}" if address.password else ""
        yield f"postgresql+psycopg://{address.user}{password}@{address.host}:{address.port}/{name}"
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """SQLAlchemy's URL of a new SQLite file."""
    return f"sqlite:///{tmp_path / 'inverset.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy's URL of a new, empty database: the test runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_database")
