"""Alembic runs this file: it connects and runs the revisions in one transaction."""

from typing import Literal

from alembic import context
from sqlalchemy import Engine

from inverset.config.settings import Settings
from inverset.jobs.column_types import Moment
from inverset.jobs.database import engine
from inverset.jobs.tables import Table


def rendered(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Our own types by what they are in the database: a revision must not change when the code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run() -> None:
    """Migrate the database that the caller names, else the settings'."""
    made = engine(context.config.attributes.get("url") or Settings().database)
    try:
        migrate(made)
    finally:
        made.dispose()


def migrate(made: Engine) -> None:
    """Run the revisions on a database."""
    # On SQLite a change of a table copies it, and the old one's deletion must not delete what refers to it.
    with made.connect().execution_options(writes=True) as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("pragma foreign_keys=off")  # type: ignore[union-attr]
        context.configure(
            connection=connection,
            target_metadata=Table.metadata,
            render_as_batch=True,
            render_item=rendered,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
