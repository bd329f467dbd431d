"""The time by the database's clock, so that a machine with a wrong clock does no harm."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from inverset.jobs.column_types import Moment


def now(session: Session) -> datetime:
    """The current time, with its zone."""
    if session.get_bind().dialect.name == "sqlite":  # one machine, one clock
        return datetime.now(UTC)
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


class Now(FunctionElement[datetime]):
    """The current time as a column of another query, which saves a round trip to the server."""

    name, inherit_cache = "now", True
    type = Moment()


@compiles(Now)
def _elsewhere(*_: object, **__: object) -> str:
    return "clock_timestamp()"


@compiles(Now, "sqlite")
def _in_sqlite(*_: object, **__: object) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f', 'now')"
