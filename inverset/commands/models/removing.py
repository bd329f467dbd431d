"""``inverset models remove``."""

from typing import Annotated

import typer

from inverset.commands.models.options import Data, Name, settings_of, user_errors
from inverset.errors import UserError, sampler_needed
from inverset.screen import say


def remove(
    name: Name,
    force: Annotated[
        bool, typer.Option("--force", help="Remove it even if jobs wait for it; these jobs will fail.")
    ] = False,
    data: Data = None,
) -> None:
    """Remove a model from models.toml, and its measurements. Galleries stay."""
    settings = settings_of(data)
    with sampler_needed():
        from inverset.sampler import zoo
        from inverset.sampler.zoo import own
        from inverset.sampler.zoo.own import kept
    with user_errors():
        if name in zoo.known():
            raise zoo.BadEntry(f"{name} is built in and cannot be removed")
        if name not in own.names(settings.data_dir):
            raise zoo.UnknownModel(name, own.names(settings.data_dir))
    if not force and (count := _unended(settings.database, name)):
        raise UserError(
            f"{count} jobs on {name} have not ended; wait, cancel them, or remove it with --force"
        )
    with user_errors():
        own.remove(settings.data_dir, name)
    for each in list(kept.of_name(settings.data_dir, name)):
        each.remove()
    say(f"{name} is removed")


def _unended(url: str, name: str) -> int:
    """The number of jobs that wait for the model; 0 if there is no database yet."""
    from sqlalchemy.exc import SQLAlchemyError

    from inverset.jobs import database, store

    try:
        sessions = database.connect(url)
        with sessions.begin() as session:
            jobs = store.unended_on(session, name)
        sessions.kw["bind"].dispose()
    except (SQLAlchemyError, OSError):
        return 0
    return jobs
