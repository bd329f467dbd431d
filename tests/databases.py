"""Databases for tests: empty ones, and ones that have their tables because they served another test before."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Composable, Identifier

from inverset import migrations
from inverset.jobs.tables import Table

KEPT = "as_migrated"  # a schema with the rows that migrations themselves have made


def create(server: psycopg.Connection) -> str:
    """A new, empty PostgreSQL database: its name."""
    name = _new_name()
    server.execute(SQL("create database {}").format(Identifier(name)))
    # Nothing here outlives the run, so nobody waits for the disk.
    server.execute(SQL("alter database {} set synchronous_commit = off").format(Identifier(name)))
    return name


def drop(server: psycopg.Connection, name: str) -> None:
    """Remove a PostgreSQL database, whoever is still connected to it."""
    server.execute(SQL("drop database {} with (force)").format(Identifier(name)))


def address(server: psycopg.Connection, name: str) -> str:
    """SQLAlchemy's URL of a database of that server."""
    to = server.info
    password = f":{to.password}" if to.password else ""
    return f"postgresql+psycopg://{to.user}{password}@{to.host}:{to.port}/{name}"


@contextmanager
def shelf(url: str) -> Iterator["Shelf"]:
    """A shelf at the PostgreSQL server of this URL; its databases go when it goes."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("set synchronous_commit = off")
        made = Shelf(server)
        try:
            yield made
        finally:
            made.clear()


class Shelf:
    """PostgreSQL databases as migrations leave them, each lent to one test after the other.

    To create, migrate and drop a database takes a server that minds its disk a second; to set one back, a hundredth.
    """

    def __init__(self, server: psycopg.Connection) -> None:
        self.server = server
        self.free: list[str] = []

    @contextmanager
    def lend(self) -> Iterator[str]:
        """SQLAlchemy's URL of a database that nobody else has, and nobody had under this name."""
        name = self.free.pop() if self.free else self._make()
        yield address(self.server, name)
        self.free.append(self._set_back(name))

    def clear(self) -> None:
        while self.free:
            drop(self.server, self.free.pop())

    def _make(self) -> str:
        name = create(self.server)
        migrations.upgrade(address(self.server, name))
        keep = [SQL("create table {1} as table {0}").format(*each) for each in _tables()]
        self._tell(name, SQL("create schema {}").format(Identifier(KEPT)), *keep)
        return name

    def _set_back(self, name: str) -> str:
        """Its new name: whoever a test left behind must not find the next one's database."""
        new = _new_name()
        self.server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
        self.server.execute(SQL("alter database {} rename to {}").format(Identifier(name), Identifier(new)))
        empty = [SQL("delete from {}").format(table) for table, _ in reversed(_tables())]
        fill = [SQL("insert into {} table {}").format(*each) for each in _tables()]
        self._tell(new, *empty, *fill)
        return new

    def _tell(self, name: str, *statements: Composable) -> None:
        """Do all that in one transaction, with one message."""
        at = make_conninfo(self.server.info.dsn, dbname=name, password=self.server.info.password)
        with psycopg.connect(at) as connection:
            connection.execute(SQL(";").join(statements))


def _tables() -> list[tuple[Identifier, Identifier]]:
    """Those of the code, and where their first rows are kept; each after all that it refers to."""
    names = [table.name for table in Table.metadata.sorted_tables]
    return [(Identifier(name), Identifier(KEPT, name)) for name in names]


def _new_name() -> str:
    return f"inverset_test_{uuid.uuid4().hex}"
