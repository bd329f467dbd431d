"""Limits of this server on a job, and each user's on jobs and bytes, with how much of them is used."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.contract.errors import Complaint, InvalidSpec, LimitExceeded, StorageFull
from inverset.contract.spec import JobSpec
from inverset.jobs.lifecycle import ACTIVE, Status
from inverset.jobs.tables import Job, Part

COUNTING = 7203  # the number of a lock in PostgreSQL


def hold(session: Session, owner: str) -> None:
    """Keep other transactions from counting the same owner's jobs until this one ends. SQLite has one writer at a time anyway.

    The user's row would do as a lock, but workers want it to claim: they would wait while a large sweep is written.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.execute(select(func.pg_advisory_xact_lock(COUNTING, func.hashtext(owner))))


def check(session: Session, settings: Settings, owner: str, more: int = 1) -> None:
    """See whether an owner may queue so many more jobs. Holds their count, as ``hold`` does: two that counted at the same
    time would both find room for the last one.

    Raises:
        LimitExceeded: there would be more than ``max_queued``.
        StorageFull: ``max_stored_bytes`` are there already.
    """
    hold(session, owner)
    check_queue(session, owner, settings.max_queued, more)
    if settings.max_stored_bytes is not None:
        check_stored(session, owner, settings.max_stored_bytes)


def queued(session: Session, owner: str) -> int:
    """How many jobs of an owner have not ended."""
    return session.scalar(select(func.count()).where(Job.owner == owner, Job.state.in_(ACTIVE))) or 0


def running_parts(session: Session, owner: str) -> int:
    """How many parts of an owner's jobs are held by workers."""
    query = (
        select(func.count())
        .select_from(Part)
        .join(Job)
        .where(Job.owner == owner, Part.state == Status.RUNNING)
    )
    return session.scalar(query) or 0


def stored_bytes(session: Session, owner: str) -> int:
    """The bytes that an owner's jobs have stored."""
    return int(session.scalar(select(func.sum(Job.stored_bytes)).where(Job.owner == owner)) or 0)


def check_queue(session: Session, owner: str, most: int, more: int = 1) -> None:
    """Raises LimitExceeded if an owner would have more than ``most`` jobs that have not ended."""
    active = queued(session, owner)
    if active + more > most:
        raise LimitExceeded(
            f"{active} jobs are waiting or running, and the limit is {most}; try again when some of them have ended"
        )


def check_stored(session: Session, owner: str, most: int) -> None:
    """Raises StorageFull if an owner's jobs have stored ``most`` bytes already."""
    if (stored := stored_bytes(session, owner)) >= most:
        raise StorageFull(
            f"{stored} bytes are stored and the limit is {most}; delete jobs that you no longer need"
        )


def check_spec(spec: JobSpec, settings: Settings) -> None:
    """Check a spec against the limits of this server.

    Raises:
        InvalidSpec: more samples, codes at once or neurons than a job may have.
    """
    asked = {
        "n": (spec.n, settings.max_n),
        "k": (spec.k if isinstance(spec.k, int) else 1, settings.max_k),
        "neurons": (len(spec.neurons), settings.max_neurons),
    }
    errors = [
        Complaint(loc=[name], msg=f"{name} is {value}, the most that this server allows is {most}")
        for name, (value, most) in asked.items()
        if value > most
    ]
    if errors:
        raise InvalidSpec(errors)
