"""Claiming: a worker takes a part of the user whose turn it is, from the job of highest priority that has waited longest.

No function commits. A lease is the right to write into a part: the token of one attempt, until it falls silent.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.contract.errors import LeaseLost, NotFound
from inverset.contract.question import Question
from inverset.jobs import clock, fairshare, store, switches
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import LINE_ORDER, RUNNING, UNENDED, Job, Part

WARM_PATIENCE = timedelta(seconds=60)  # by which a job may have waited longer than one whose model is at hand


class Bidder(NamedTuple):
    """A worker that looks for work."""

    worker: str
    offered: Collection[str] | None = None  # models it can run; None: any
    warm: Collection[str] = ()  # models it has at hand
    grace: timedelta = timedelta(0)  # by which it leaves parts to silent workers for longer


@dataclass(frozen=True)
class Claim:
    """A part and the right to write into it."""

    job_id: str
    part: int
    token: str
    attempt: int
    question: Question  # the part's: its n and seed, and its share of the budget
    first_index: int
    accepted: int
    checkpoint: str | None
    sampled: bool  # only the evidence is missing
    request_id: str | None  # of the request that posted the job, for the log
    bidder: Bidder
    half_life: float  # of its owner's usage, in seconds


def claim(session: Session, bidder: Bidder, settings: Settings, at: datetime | None = None) -> Claim | None:
    """Claim the part whose turn it is, possibly from a silent worker; None: there is none.

    Returns None where nothing is to be done, or the service is paused.
    """
    if switches.is_on(session, switches.PAUSED):
        return None
    at = at or clock.now(session)
    for user in fairshare.contenders(session, settings.half_life, at):
        if user.running < settings.max_running and (
            claimed := _claim_of(session, user.name, bidder, settings, at)
        ):
            return claimed
    return None


def turn_is_over(session: Session, claim: Claim, settings: Settings, at: datetime | None = None) -> bool:
    """Whether to give a part back after its slice: a user with less usage waits, or another job of the same user.

    Raises:
        LeaseLost: the job is gone.
    """
    if switches.is_on(session, switches.PAUSED):
        return True
    at = at or clock.now(session)
    try:
        job = store.job(session, claim.job_id)
    except NotFound:
        raise LeaseLost(f"{claim.job_id} is gone, and with it part {claim.part}") from None
    for user in fairshare.contenders(session, settings.half_life, at):
        if user.name == job.owner:
            mine = _waiting_of(job.owner, claim.bidder, at)
            other = mine.where(Job.id != job.id, Job.priority >= job.priority)
            return session.execute(other.limit(1)).first() is not None
        if user.running < settings.max_running and _any_waits(session, user.name, claim.bidder, at):
            return True
    return False


def _claim_of(session: Session, owner: str, bidder: Bidder, settings: Settings, at: datetime) -> Claim | None:
    user = fairshare.locked(session, owner)  # two workers do not count the same user's parts at the same time
    if _running_of(session, owner, at) >= settings.max_running:
        return None
    while pair := _next(session, owner, bidder, at):
        part, job = pair
        if _take(session, part, job, settings, at):
            part.worker, part.charged_at = bidder.worker, at
            part.lease_until = at + timedelta(seconds=settings.lease_seconds)
            user.served_at = at
            store.touch(session, job)
            return _claim(part, job, bidder, settings.half_life)
    return None


def _next(session: Session, owner: str, bidder: Bidder, at: datetime) -> tuple[Part, Job] | None:
    """The first part in a user's queue, or one shortly behind it whose model the worker has loaded."""
    first = _first(session, _waiting_of(owner, bidder, at))
    if first is None or not bidder.warm or first[1].model in bidder.warm:
        return first
    behind = first[1].waiting_since + WARM_PATIENCE
    warm = Job.priority == first[1].priority, Job.model.in_(bidder.warm), Job.waiting_since <= behind
    return _first(session, _waiting_of(owner, bidder, at).where(*warm)) or first


def _first(session: Session, waiting: Any) -> tuple[Part, Job] | None:
    # A user with a locked job is passed over, rather than waited for.
    query = waiting.limit(1).with_for_update(skip_locked=True, of=[Part, Job])
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    return None if row is None else (row[0], row[1])


def _any_waits(session: Session, owner: str, bidder: Bidder, at: datetime) -> bool:
    return session.execute(_waiting_of(owner, bidder, at).limit(1)).first() is not None


def _waiting_of(owner: str, bidder: Bidder, at: datetime) -> Any:
    """A query for a user's claimable parts with their jobs, in order."""
    query = (
        select(Part, Job)
        .join(Job, Part.job_id == Job.id)
        .where(Job.owner == owner, UNENDED, _free(at, bidder.grace))
    )
    if bidder.offered is not None:
        query = query.where(Job.model.in_(bidder.offered))
    return query.order_by(*LINE_ORDER, Part.number)


def _free(at: datetime, grace: timedelta) -> ColumnElement[bool]:
    """A condition for parts that can be claimed: waiting and past their pause, or held by a silent worker."""
    rested = or_(Part.not_before.is_(None), Part.not_before <= at)
    silent = and_(Part.state == Status.RUNNING, Part.lease_until <= at - grace)
    return or_(and_(Part.state == Status.QUEUED, rested), silent)


def _running_of(session: Session, owner: str, at: datetime) -> int:
    held = RUNNING, Part.lease_until > at, Job.owner == owner
    return len(session.execute(select(Part.number).join(Job).where(*held)).all())


def _take(session: Session, part: Part, job: Job, settings: Settings, at: datetime) -> bool:
    """Claim the part; False: it had to be ended instead."""
    if job.cancel_requested:  # its worker died before it could confirm
        part.state, part.lease_token = Status.CANCELED, None
        session.flush()
        store.end_if_canceled(session, job, at)
        store.touch(session, job)
        return False
    if part.state == Status.RUNNING:
        fairshare.write_off(session, job, part, settings)
    if part.losses >= settings.max_losses:
        store.fail_job(
            session,
            job,
            part,
            f"{part.losses} workers in a row died on part {part.number}, so it was given up",
        )
        return False
    part.state, part.attempt, part.lease_token = Status.RUNNING, part.attempt + 1, secrets.token_hex(16)
    if job.state == Status.QUEUED:
        store.move(job, Status.RUNNING)
    job.started_at, job.waiting_since = job.started_at or at, at
    return True


def _claim(part: Part, job: Job, bidder: Bidder, half_life: float) -> Claim:
    return Claim(
        job_id=job.id,
        part=part.number,
        token=str(part.lease_token),
        attempt=part.attempt,
        question=job.question.part(part.n, part.seed),
        first_index=part.first_index,
        accepted=part.accepted,
        checkpoint=part.checkpoint,
        sampled=part.outcome is not None,
        request_id=job.request_id,
        bidder=bidder,
        half_life=half_life,
    )
