"""How long the users' lines in a long queue are, and about where a job stands that no forecast comes to.

To count a long queue takes longer than to look at its head, so a count is kept for a while: what it says is about right.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inverset.jobs.fairshare import Contender
from inverset.jobs.tables import LINE_ORDER, UNENDED, Job

_DIGITS = 2  # of an estimated place


class QueueLengths:
    """The number of each user's unended jobs at one moment, and the order of those that are asked about."""

    def __init__(self, lengths: Mapping[str, int]) -> None:
        self._lengths = lengths
        self._ranks: dict[str, Mapping[str, int]] = {}

    @property
    def total(self) -> int:
        """The number of all unended jobs."""
        return sum(self._lengths.values())

    def position(self, session: Session, job: Job, contenders: Sequence[Contender]) -> int:
        """About the place of a job among all, from 1: users take turns by their weights."""
        ahead = self._rank(session, job)
        weights = {user.name: user.weight for user in contenders}
        turns = ahead / weights.get(job.owner, 1.0)
        others = (
            min(length, turns * weights.get(owner, 1.0))
            for owner, length in self._lengths.items()
            if owner != job.owner
        )
        return _rounded(1 + ahead + sum(others))

    def _rank(self, session: Session, job: Job) -> int:
        """How many jobs of the same owner are ahead of a job; all of them, of one that came since the count."""
        if job.owner not in self._ranks:
            self._ranks[job.owner] = _ranks(session, job.owner)
        ranks = self._ranks[job.owner]
        return ranks.get(job.id, len(ranks))


def count(session: Session) -> QueueLengths:
    """Count the unended jobs of each user."""
    query = select(Job.owner, func.count()).where(UNENDED).group_by(Job.owner)
    return QueueLengths(dict(session.execute(query).all()))


def _ranks(session: Session, owner: str) -> Mapping[str, int]:
    """The place of each of an owner's unended jobs in the owner's line, from 0, by id."""
    query = select(Job.id).where(Job.owner == owner, UNENDED).order_by(*LINE_ORDER)
    return {job_id: rank for rank, job_id in enumerate(session.scalars(query))}


def _rounded(number: float) -> int:
    """A number to its first digits: 43,217 is about 43,000."""
    whole = round(number)
    return round(whole, _DIGITS - len(str(whole)))
