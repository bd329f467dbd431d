"""Metrics of the service: a few small queries, however long its history."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inverset.jobs import clock, store, switches
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Job, Part, User, Webhook


class Sums(NamedTuple):
    """Sums over the jobs in one state."""

    jobs: int = 0
    samples: int = 0
    stored_bytes: int = 0
    given_up: int = 0  # codes that never became samples


class Figures(NamedTuple):
    """The service's metrics at a moment."""

    by_state: Mapping[Status, Sums]
    running_parts: int
    oldest_wait: float  # seconds since the job that waits longest was posted or last served
    gpu_seconds: Mapping[str, float]  # by user, all there ever were
    workers: int  # heard of lately
    messages_waiting: int
    messages_given_up: int
    switched_on: frozenset[str]


def figures(session: Session, silent_seconds: float) -> Figures:
    """The metrics now; workers silent for longer than this do not count."""
    return Figures(
        by_state=_by_state(session),
        running_parts=session.scalar(select(func.count()).where(Part.state == Status.RUNNING)) or 0,
        oldest_wait=_oldest_wait(session),
        gpu_seconds=dict(session.execute(select(User.name, User.gpu_seconds)).all()),
        workers=len(store.workers(session, silent_seconds)),
        messages_waiting=session.scalar(select(func.count()).where(Webhook.due_at.is_not(None))) or 0,
        messages_given_up=_given_up(session),
        switched_on=frozenset(each.name for each in switches.turned_on(session)),
    )


def _by_state(session: Session) -> Mapping[Status, Sums]:
    given_up = func.sum(Job.tally["given_up"].as_integer())
    query = select(
        Job.state, func.count(), func.sum(Job.accepted), func.sum(Job.stored_bytes), given_up
    ).group_by(Job.state)
    by_state = {state: Sums(*(int(each or 0) for each in sums)) for state, *sums in session.execute(query)}
    return {state: by_state.get(state, Sums()) for state in Status}


def _oldest_wait(session: Session) -> float:
    oldest = session.scalar(select(func.min(Job.waiting_since)).where(Job.state == Status.QUEUED))
    return 0.0 if oldest is None else max(0.0, (clock.now(session) - oldest).total_seconds())


def _given_up(session: Session) -> int:
    lost = Webhook.due_at.is_(None) & Webhook.delivered_at.is_(None)
    return session.scalar(select(func.count()).where(lost)) or 0
