"""What the workers compute at the moment."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inverset.jobs.access import Caller, visible
from inverset.jobs.tables import RUNNING, Job, Part


def held(session: Session, at: datetime) -> Mapping[str, str]:
    """The job of the part that each worker holds; idle workers are left out."""
    query = select(Part.worker, Part.job_id).where(RUNNING, Part.lease_until > at)
    return {worker: job_id for worker, job_id in session.execute(query) if worker is not None}


def jobs(session: Session, ids: Collection[str], caller: Caller) -> Mapping[str, Job]:
    """Those of the jobs that the caller may see, by id."""
    rows = session.scalars(select(Job).where(Job.id.in_(ids), visible(caller)))
    return {job.id: job for job in rows}
