"""Periodic maintenance, by one worker at a time."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.jobs import clock, image_tries, leases
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Part

REAPING = 7201  # the number of a lock in PostgreSQL
SECONDS = 30  # from time to time


def alone(session: Session, number: int) -> bool:
    """Whether this transaction may do the maintenance: no other does it now. SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(number))))


def reap(
    session: Session, settings: Settings, at: datetime | None = None, grace: timedelta = timedelta(0)
) -> int:
    """Free the parts of workers that fell silent, as the next claim would: so that a job is not shown as running
    if no worker computes it, and one that is to be canceled ends though no worker confirms. ``grace`` is as of a
    ``Bidder``. Returns their number.
    """
    if not alone(session, REAPING):
        return 0
    image_tries.tidy(session)
    at = (at or clock.now(session)) - grace
    silent = select(Part.job_id, Part.number).where(Part.state == Status.RUNNING, Part.lease_until <= at)
    return sum(leases.expire(session, *part, settings, at) for part in session.execute(silent).all())
