"""The database of a server: ``inverset db``."""

import logging

import typer

from inverset.errors import UserError
from inverset.screen import say

log = logging.getLogger(__name__)
app = typer.Typer(help="Manage the database that INVERSET_DATABASE_URL names.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Manage the database that INVERSET_DATABASE_URL names."""


@app.command()
def upgrade() -> None:
    """Upgrade the database to this version's tables; it may be empty or from an earlier version."""
    from sqlalchemy.exc import SQLAlchemyError

    from inverset import migrations
    from inverset.config import logs
    from inverset.settings import from_environment

    settings = from_environment()
    if settings.log == "json":
        logs.set_up(settings)
    url = settings.database
    try:
        migrations.upgrade(url)
    except (SQLAlchemyError, ImportError, migrations.NewerDatabase) as error:
        raise UserError(migrations.why_not(url, error)) from None
    message = f"{migrations.shown(url)} is up to date"
    log.info(message) if settings.log == "json" else say(message)
