"""Fair share: the next user is the one with the least decayed GPU-seconds per weight.

Stride scheduling (Waldspurger & Weihl 1995) with measured cost in place of tickets, and the usage of batch schedulers, which
halves with time: what a user computed last week hardly counts today.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.jobs.tables import RUNNING, UNENDED, Job, Part, User


class Running(NamedTuple):
    """A user's running parts at this moment."""

    parts: int = 0
    seconds: float = 0.0  # that are not in the usage yet


class Contender(NamedTuple):
    """A user with jobs that have not ended."""

    name: str
    weight: float
    score: float  # decayed GPU-seconds over weight; the least is served first
    running: int  # parts
    served_at: datetime | None


def contenders(session: Session, half_life: float, at: datetime) -> list[Contender]:
    """All users with jobs that have not ended, the next one first; ``half_life`` in seconds."""
    running = _running(session, at)
    active = exists().where(Job.owner == User.name, UNENDED)
    rows = [
        _contender(user, running.get(user.name, Running()), half_life, at)
        for user in session.scalars(select(User).where(active))
    ]
    begin = datetime.min.replace(tzinfo=at.tzinfo)
    return sorted(rows, key=lambda each: (each.score, each.served_at or begin, each.name))


def usage(user: User, half_life: float, at: datetime) -> float:
    """A user's decayed GPU-seconds at a moment."""
    age = max(0.0, (at - user.usage_at).total_seconds())
    return float(user.usage * 0.5 ** (age / half_life))


def charge(session: Session, name: str, seconds: float, half_life: float, at: datetime) -> None:
    """Add GPU-seconds to a user's usage."""
    user = locked(session, name)
    user.usage, user.usage_at = usage(user, half_life, at) + seconds, at
    user.gpu_seconds += seconds


def uncharged(charged_at: datetime | None, at: datetime) -> float:
    """Seconds of a claimed part that are not in its owner's usage yet."""
    return max(0.0, (at - (charged_at or at)).total_seconds())


def write_off(session: Session, job: Job, part: Part, settings: Settings) -> None:
    """Charge the user for a silent worker's time up to its last heartbeat."""
    part.losses += 1
    if part.lease_until is not None and part.charged_at is not None:
        seconds = (part.lease_until - part.charged_at).total_seconds() - settings.lease_seconds
        charge(session, job.owner, max(0.0, seconds), settings.half_life, part.lease_until)


def join(session: Session, name: str, half_life: float, at: datetime) -> None:
    """On a user's first active job, raise their usage to the lowest score among waiting users (never lower it).

    So users do not save up turns while away, and a newcomer cannot keep all others waiting until they have caught up.
    """
    others = contenders(session, half_life, at)
    if not others or any(other.name == name for other in others):
        return
    user = locked(session, name)
    level = others[0].score * user.weight
    user.usage, user.usage_at = max(usage(user, half_life, at), level), at


def locked(session: Session, name: str) -> User:
    """A user whose usage is locked until this transaction ends; their jobs may still be written."""
    query = select(User).where(User.name == name).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _contender(user: User, running: Running, half_life: float, at: datetime) -> Contender:
    seconds = usage(user, half_life, at) + running.seconds
    return Contender(user.name, user.weight, seconds / user.weight, running.parts, user.served_at)


def _running(session: Session, at: datetime) -> Mapping[str, Running]:
    """What each user's claimed parts have cost since they were last charged."""
    query = select(Job.owner, Part.charged_at).join(Job).where(RUNNING, Part.lease_until > at)
    running: dict[str, Running] = {}
    for owner, charged_at in session.execute(query):
        before = running.get(owner, Running())
        running[owner] = Running(before.parts + 1, before.seconds + uncharged(charged_at, at))
    return running
