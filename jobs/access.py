"""Who may see what, and who may change it: the one place that says so, for jobs and sweeps alike."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from jobs.lifecycle import Forbidden, NotFound
from jobs.tables import Job, Sweep

ADMIN, MEMBER = "admin", "member"
PRIVATE, TEAM = "private", "team"
Owned = type[Job] | type[Sweep]


class Caller(NamedTuple):
    """Whose request it is."""

    name: str
    role: str = MEMBER

    @property
    def admin(self) -> bool:
        """Sees and changes everything."""
        return self.role == ADMIN


LOCAL = Caller("local", ADMIN)  # everybody, on a server without accounts


def visible(caller: Caller, table: Owned = Job) -> ColumnElement[bool]:
    """Which rows somebody may see: their own and the team's; an admin all."""
    if caller.admin:
        return true()
    return or_(table.owner == caller.name, table.visibility == TEAM)


def check(session: Session, caller: Caller, table: Owned, its_id: str, *, changes: bool) -> None:
    """Let somebody look at a job or a sweep, or change it.

    Raises:
        NotFound: there is none, or not for them.
        Forbidden: they may only look.
    """
    query = select(table.owner).where(table.id == its_id, visible(caller, table))
    owner = session.scalar(query)
    if owner is None:
        raise NotFound(f"there is no {table.__name__.lower()} {its_id!r}")
    if changes and not (caller.admin or owner == caller.name):
        raise Forbidden(
            f"{its_id} is {owner}'s; you may look at it, and only {owner} or an admin may change it"
        )
