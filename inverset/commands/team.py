"""Users and keys of a server, in its database: ``inverset users`` and ``inverset keys``; and ``inverset me``."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from inverset import tables
from inverset.client import LOCAL
from inverset.commands.options import Server, client
from inverset.contract.answers import MeAnswer
from inverset.contract.errors import first_line
from inverset.errors import UserError
from inverset.screen import out, say

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

users = typer.Typer(
    help="Manage the users of the server that INVERSET_DATABASE_URL names.", no_args_is_help=True
)
keys = typer.Typer(help="Manage the API keys of users.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="USER")]
Weight = Annotated[float, typer.Option("--weight", help="The weight of their fair share of the devices.")]
Days = Annotated[
    float | None, typer.Option("--days", help="How long it is valid; by default, until you revoke it.")
]


def me(server: Server = LOCAL) -> None:
    """Show who you are on the server, and how much of your limits you have used."""
    with client(server) as service:
        out.print(tables.me(MeAnswer.of(service.me())))


@users.command("add")
def add_user(
    name: Name,
    weight: Weight = 1.0,
    admin: Annotated[bool, typer.Option("--admin", help="Let the user see and change everything.")] = False,
) -> None:
    """Add a user. They need a key before they can do anything."""
    from inverset.jobs import access, accounts

    check_weight(weight)
    with _writing() as session:
        accounts.add_user(session, name, weight, access.ADMIN if admin else access.MEMBER)
    say(f"added {name}; make a key with: inverset keys create {name}")


@users.command("list")
def list_users() -> None:
    """List all users, by name."""
    from inverset.jobs import accounts

    with _writing() as session:
        out.print(tables.users(accounts.users(session)))


@keys.command("create")
def create_key(user: Name, days: Days = None) -> None:
    """Make a key and print it. It is not shown again."""
    from inverset.jobs import accounts

    if days is not None and not 0 < days <= accounts.LONGEST_DAYS:
        raise typer.BadParameter(f"give more than 0 and at most {accounts.LONGEST_DAYS}", param_hint="--days")
    with _writing() as session:
        made = accounts.make_key(session, user, days)
    say(f"a key of {user}; it is not shown again. Use it as INVERSET_KEY or as: Authorization: Bearer ...")
    out.print(made.text, soft_wrap=True, markup=False)


@keys.command("list")
def list_keys(user: Annotated[str | None, typer.Argument(metavar="[USER]")] = None) -> None:
    """List keys without their secrets, of one user or all."""
    from inverset.jobs import accounts

    with _writing() as session:
        out.print(tables.keys(accounts.keys(session, user)))


@keys.command("revoke")
def revoke_key(key: Annotated[str, typer.Argument(metavar="ID", help="The part after `inv_`.")]) -> None:
    """Revoke a key at once."""
    from inverset.jobs import access, accounts

    with _writing() as session:
        ended = accounts.revoke(session, key, access.LOCAL)
        say(f"the key {ended.id} of {ended.user} is revoked")


def check_weight(weight: float) -> None:
    """Raise BadParameter if the weight is not an allowed one."""
    from inverset.jobs.accounts import HEAVIEST, LIGHTEST

    if not LIGHTEST <= weight <= HEAVIEST:
        raise typer.BadParameter(f"give {LIGHTEST:g} to {HEAVIEST:g}", param_hint="--weight")


@contextmanager
def _writing() -> "Iterator[Session]":
    """A writing transaction in the server's database."""
    from sqlalchemy.exc import SQLAlchemyError

    from inverset.jobs import database
    from inverset.settings import from_environment

    try:
        sessions = database.connect(from_environment().database)
        with database.writing(sessions) as session:
            yield session
        sessions.kw["bind"].dispose()
    except (SQLAlchemyError, ImportError) as error:
        reason = first_line(getattr(error, "orig", None) or error)
        raise UserError(
            f"the server's database cannot be used: {reason}; set INVERSET_DATABASE_URL, or INVERSET_DATA_DIR "
            "for its folder, and prepare a new one with `inverset db upgrade`"
        ) from None
