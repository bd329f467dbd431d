"""What time it is: the database's clock, so that a machine whose own is wrong harms nobody."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from jobs.tables import Moment


def now(session: Session) -> datetime:
    """This moment, with its zone."""
    if session.get_bind().dialect.name == "sqlite":  # one machine, one clock
        return datetime.now(UTC)
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def column(session: Session) -> ColumnElement[datetime]:
    """The same as a column of another query, which saves a way to the server and back."""
    if session.get_bind().dialect.name == "sqlite":
        return literal(datetime.now(UTC), Moment())
    return func.clock_timestamp(type_=Moment())
