"""Switches of the whole service, set by admins: paused, nothing new is claimed; draining, no new jobs are taken."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inverset.contract.errors import Draining
from inverset.jobs import clock
from inverset.jobs.tables import Switch

Name = Literal["paused", "draining"]
PAUSED: Name = "paused"
DRAINING: Name = "draining"


def is_on(session: Session, name: Name) -> bool:
    """Whether a switch is on."""
    return bool(session.scalar(select(exists().where(Switch.name == name))))


def turn(session: Session, name: Name, *, on: bool, by: str) -> None:
    """Turn a switch on or off; one that is on already keeps who turned it on, and when."""
    switch = session.get(Switch, name)
    if switch is not None and not on:
        session.delete(switch)
        session.flush()
    if switch is None and on:
        try:
            with session.begin_nested():
                session.add(Switch(name=name, by=by, since=clock.now(session)))
        except IntegrityError:  # another admin, at the same time
            return


def turned_on(session: Session) -> Sequence[Switch]:
    """The switches that are on, by name."""
    return session.scalars(select(Switch).order_by(Switch.name)).all()


def check_taking(session: Session) -> None:
    """Check whether new jobs are taken.

    Raises:
        Draining: an admin drains the service.
    """
    switch = session.get(Switch, DRAINING)
    if switch is not None:
        raise Draining(f"{switch.by} has closed the service to new jobs; jobs in the queue continue")
