"""Who may see what, and who may change it: the one place that says so, for jobs and sweeps alike."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select, true
from sqlalchemy.orm import Session

from inverset.jobs.lifecycle import Forbidden, NotFound
from inverset.jobs.tables import Job, Sweep

ADMIN, MEMBER = "admin", "member"
PRIVATE, TEAM = "private", "team"
Owned = type[Job] | type[Sweep]
# Made once: requests ask it all the time, and making it takes as long as asking.
_OWNERS: Mapping[Owned, Select[str, str]] = {
    table: select(table.owner, table.visibility).where(table.id == bindparam("id")) for table in (Job, Sweep)
}


class Caller(NamedTuple):
    """Whose request it is."""

    name: str
    role: str = MEMBER

    @property
    def admin(self) -> bool:
        """Sees and changes everything."""
        return self.role == ADMIN

    def sees(self, owner: str, visibility: str) -> bool:
        """Whether somebody may see what is theirs, another's or the team's; ``visible`` says the same to a database."""
        return self.admin or owner == self.name or visibility == TEAM


LOCAL = Caller("local", ADMIN)  # everybody, on a server without accounts


def visible(caller: Caller, table: Owned = Job) -> ColumnElement[bool]:
    """Which rows somebody may see: their own and the team's; an admin all."""
    if caller.admin:
        return true()
    return or_(table.owner == caller.name, table.visibility == TEAM)


def check(session: Session | Connection, caller: Caller, table: Owned, its_id: str, *, changes: bool) -> None:
    """Let somebody look at a job or a sweep, or change it.

    Raises:
        NotFound: there is none, or not for them.
        Forbidden: they may only look.
    """
    found = session.execute(_OWNERS[table], {"id": its_id}).one_or_none()
    if found is None or not caller.sees(found.owner, found.visibility):
        raise NotFound(f"there is no {table.__name__.lower()} {its_id!r}")
    if changes and not (caller.admin or found.owner == caller.name):
        raise Forbidden(
            f"{its_id} is {found.owner}'s; you may look at it, and only {found.owner} or an admin may change it"
        )
