"""Access rules: who may see and who may change a job or a sweep."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select, true
from sqlalchemy.orm import Session

from inverset.contract.errors import Forbidden, NotFound
from inverset.jobs.tables import Job, Sweep

ADMIN, MEMBER = "admin", "member"
PRIVATE, TEAM = "private", "team"
Owned = type[Job] | type[Sweep]
# Made once: requests ask it all the time, and making it takes as long as asking.
_OWNERS: Mapping[Owned, Select[str, str]] = {
    table: select(table.owner, table.visibility).where(table.id == bindparam("id")) for table in (Job, Sweep)
}


class Caller(NamedTuple):
    """The user behind a request."""

    name: str
    role: str = MEMBER

    @property
    def admin(self) -> bool:
        """Whether the caller sees and changes everything."""
        return self.role == ADMIN

    def sees(self, owner: str, visibility: str) -> bool:
        """Whether the caller may see a thing with this owner and visibility; ``visible`` is the same rule in SQL."""
        return self.admin or owner == self.name or visibility == TEAM


LOCAL = Caller("local", ADMIN)  # the caller of every request on a server without accounts


def visible(caller: Caller, table: Owned = Job) -> ColumnElement[bool]:
    """A condition for the rows that a caller may see: their own and the team's; an admin sees all."""
    if caller.admin:
        return true()
    return or_(table.owner == caller.name, table.visibility == TEAM)


def check(session: Session | Connection, caller: Caller, table: Owned, its_id: str, *, changes: bool) -> None:
    """Check whether a caller may see or change a job or a sweep.

    Raises:
        NotFound: there is none, or not for them.
        Forbidden: they may only look.
    """
    row = session.execute(_OWNERS[table], {"id": its_id}).one_or_none()
    if row is None or not caller.sees(row.owner, row.visibility):
        raise NotFound(f"there is no {table.__name__.lower()} {its_id!r}")
    if changes and not (caller.admin or row.owner == caller.name):
        raise Forbidden(
            f"{its_id} belongs to {row.owner}; you can see it, but only {row.owner} or an admin can change it"
        )
