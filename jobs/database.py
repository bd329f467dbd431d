"""Database connections: SQLite and PostgreSQL are made to behave alike."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]
BUSY_SECONDS = 30
FORGOTTEN_SECONDS = 60.0
KEPT_CONNECTIONS = 20  # of one process to PostgreSQL, as far as it uses them at once; 10 more when it must


# Without these a process waits for hours for an answer that a network has lost.
_NO_ANSWER = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 30,  # seconds, then so many tries that far apart
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
_AWAY = {"57P01", "57P02", "57P03", "53300"}  # shut down, crashed, not ready yet, too many connections
_CONNECTION = "08"  # the class of errors of connections


def engine(url: str, forgotten: float = FORGOTTEN_SECONDS) -> Engine:
    """An engine for an SQLAlchemy URL of SQLite or PostgreSQL; makes the folder of an SQLite file.

    PostgreSQL rolls back a transaction that was idle for ``forgotten`` seconds: a process that froze, or whose
    network is gone, would lock its rows for ever, and block every transaction that needs them.
    """
    address = make_url(url)
    # Values are hidden in errors, which go into logs: there are secrets among them.
    serializer = partial(json.dumps, allow_nan=False)  # PostgreSQL would refuse it later, SQLite never
    if address.get_backend_name() != "sqlite":
        # Those beyond the pool's size are closed after each use, and to open one costs as much as ten requests.
        made = create_engine(
            address,
            json_serializer=serializer,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={name: value for name, value in _NO_ANSWER.items() if name not in address.query},
            pool_size=KEPT_CONNECTIONS,
        )
        event.listen(made, "connect", partial(_prepare_postgres, forgotten))
        event.listen(made, "do_executemany", _one_by_one)
        made.dialect.use_insertmanyvalues_wo_returning = True  # many rows are one statement
        made.dialect.supports_sane_multi_rowcount = False  # of many statements the last one's is known
        return made
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    made = create_engine(
        address, json_serializer=serializer, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}
    )
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def connect(url: str, forgotten: float = FORGOTTEN_SECONDS) -> Sessions:
    """A factory of sessions for a database; ``forgotten`` as in ``engine``.

    ``with sessions.begin()`` reads; for writing there is ``writing``.
    """
    return sessionmaker(engine(url, forgotten), expire_on_commit=False)


def readers(sessions: Sessions) -> Sessions:
    """A factory of read-only sessions on the same connections.

    On PostgreSQL each of their queries is a transaction of its own. One around them all would promise no more, as it
    is READ COMMITTED, and cost two more round trips: a third of the time that the status of a job takes.
    """
    bound: Engine = sessions.kw["bind"]
    if bound.dialect.name == "sqlite":
        return sessions
    return sessionmaker(bound.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False)


@contextmanager
def writing(sessions: Sessions) -> Iterator[Session]:
    """A writing transaction, committed at the end of the block.

    SQLite lets one write at a time. A transaction that first reads and then writes may fail there at once, if
    another has written in between; so it queues up before it reads.
    """
    with sessions() as session, session.begin():
        start_writing(session)
        yield session


def start_writing(session: Session) -> None:
    """Make a new session's first transaction a writing one; call it before any query."""
    session.connection(execution_options={"writes": True})


def is_away(error: BaseException) -> bool:
    """Whether PostgreSQL could not be reached, rather than refused what it was told."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError) or not hasattr(error.orig, "sqlstate"):  # SQLite's have none
        return False
    state: str | None = getattr(error.orig, "sqlstate", None)  # None: there was no server to name one
    return state is None or state in _AWAY or state.startswith(_CONNECTION)


def _prepare_postgres(forgotten: float, connection: Any, _record: object) -> None:
    connection.execute(f"set idle_in_transaction_session_timeout = {max(1, round(1000 * forgotten))}")
    connection.commit()


def _one_by_one(cursor: Any, statement: str, rows: Sequence[Any], _context: object) -> bool:
    """Wait for the answer to each statement before sending the next.

    psycopg would say many in one go, as a pipeline; PostgreSQL takes a process that freezes within one for busy, whatever the
    time, and never undoes its transaction. Returns True: nothing is left to do.
    """
    for row in rows:
        cursor.execute(statement, row)
    return True


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # Python's own BEGIN comes too late
    for pragma in ("journal_mode=wal", "synchronous=normal", "foreign_keys=on"):
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("begin immediate" if writes else "begin")
