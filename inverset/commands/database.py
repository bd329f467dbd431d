"""The database of a server: ``inverset db``."""

import typer

from inverset.errors import UserError
from inverset.screen import say

app = typer.Typer(help="Look after the database that INVERSET_DATABASE_URL names.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Look after the database that INVERSET_DATABASE_URL names."""


@app.command()
def upgrade() -> None:
    """Bring the database, empty or of an earlier version, to this version's tables."""
    from sqlalchemy.exc import SQLAlchemyError

    from inverset import migrations
    from inverset.settings import from_environment

    url = from_environment().database
    try:
        migrations.upgrade(url)
    except (SQLAlchemyError, ImportError, migrations.NewerDatabase) as error:
        raise UserError(migrations.why_not(url, error)) from None
    say(f"{migrations.shown(url)} is up to date")
