"""Comparisons of jobs: which jobs can be compared, and the comparison itself."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from inverset.contract import comparison
from inverset.contract.comparison import FEWEST, MOST, Compared, Comparison
from inverset.contract.errors import Complaint, InvalidSpec
from inverset.jobs import access, store
from inverset.jobs.access import Caller
from inverset.jobs.tables import Job


def check(ids: Sequence[str]) -> None:
    """Check the ids of the jobs to compare. Raises InvalidSpec if there are too few, too many, or one twice."""
    if not FEWEST <= len(ids) <= MOST or len(set(ids)) < len(ids):
        message = f"name {FEWEST} to {MOST} different jobs, separated by commas"
        raise InvalidSpec([Complaint(loc=["jobs"], msg=message)])


def compare(session: Session, caller: Caller, ids: Sequence[str]) -> Comparison:
    """The ``comparison.compare`` of some jobs. Raises NotFound if one does not exist or the caller may not see it."""
    for job_id in ids:
        access.check(session, caller, Job, job_id, changes=False)
    return comparison.compare([_compared(session, job_id) for job_id in ids])


def _compared(session: Session, job_id: str) -> Compared:
    job, evidence = store.job(session, job_id), store.evidence(session, job_id)
    return Compared(job_id, job.model, {**job.spec, "k": job.k}, job.targets, job.accepted, evidence)
