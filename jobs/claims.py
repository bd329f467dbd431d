"""Whose turn is it: a worker claims a part; no function commits.

A lease is the right to write into a part: the token of one attempt, until it falls silent.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from jobs import clock, store
from jobs.lifecycle import ACTIVE, Status
from jobs.tables import Job, Part

MOST_LOSSES = 10  # workers in a row that died on a part without progress; a restarting machine kills several


@dataclass(frozen=True)
class Claim:
    """A part and the right to write into it."""

    job_id: str
    part: int
    token: str
    attempt: int
    spec: Mapping[str, Any]
    ranges: Sequence[Mapping[str, Any]]
    model: str
    model_sha256: str
    n: int  # of this part
    k: int
    seed: int
    first_index: int
    accepted: int
    checkpoint: str | None
    gradient_evaluations: int | None  # this part's share of the budget
    seconds: float | None  # likewise
    sampled: bool  # only the evidence is missing
    request_id: str | None  # of the request that posted the job, for the log


def claim(session: Session, worker: str, lease_seconds: float, at: datetime | None = None) -> Claim | None:
    """Take the part whose turn it is: priority, then the job that waited longest; also from a silent worker.

    Returns None where nothing is to be done.
    """
    at = at or clock.now(session)
    while found := session.execute(_next(at)).one_or_none():
        part, job = found
        if _take(session, part, job, at):
            part.worker, part.lease_until = worker, at + timedelta(seconds=lease_seconds)
            store.touch(session, job)
            return _claim(part, job)
    return None


def others_wait(session: Session, claim: Claim, at: datetime | None = None) -> bool:
    """Whether somebody else's turn has come: another job of at least this one's priority could be served."""
    mine = select(Job.priority).where(Job.id == claim.job_id).scalar_subquery()
    waiting = _waiting(at or clock.now(session))
    other = select(Part.job_id).join(Job).where(waiting, Job.id != claim.job_id, Job.priority >= mine)
    return bool(session.scalar(select(exists(other))))


def _waiting(at: datetime) -> ColumnElement[bool]:
    """Parts that may be claimed, of jobs that have not ended."""
    rested = or_(Part.not_before.is_(None), Part.not_before <= at)
    silent = and_(Part.state == Status.RUNNING, Part.lease_until <= at)
    return and_(Job.state.in_(ACTIVE), or_(and_(Part.state == Status.QUEUED, rested), silent))


def _next(at: datetime) -> Any:
    order = (Job.priority.desc(), Job.waiting_since, Job.id, Part.number)
    query = select(Part, Job).join(Job, Part.job_id == Job.id).where(_waiting(at)).order_by(*order).limit(1)
    # Whose job is being written to by somebody is passed over, rather than waited for.
    return query.with_for_update(skip_locked=True).execution_options(populate_existing=True)


def _take(session: Session, part: Part, job: Job, at: datetime) -> bool:
    """Make a part ours; False: it had to be ended instead."""
    if job.cancel_requested:  # its worker died before it could confirm
        part.state, part.lease_token = Status.CANCELED, None
        session.flush()
        store.end_if_canceled(session, job, at)
        store.touch(session, job)
        return False
    part.losses += part.state == Status.RUNNING
    if part.losses > MOST_LOSSES:
        store.fail_job(session, job, part, f"{MOST_LOSSES} workers in a row died on part {part.number}")
        return False
    part.state, part.attempt, part.lease_token = Status.RUNNING, part.attempt + 1, secrets.token_hex(16)
    if job.state == Status.QUEUED:
        store.move(job, Status.RUNNING)
    job.started_at, job.waiting_since = job.started_at or at, at
    return True


def _claim(part: Part, job: Job) -> Claim:
    budget, share = job.spec["budget"], part.n / job.n
    evaluations, seconds = budget["gradient_evaluations"], budget["seconds"]
    return Claim(
        job_id=job.id,
        part=part.number,
        token=str(part.lease_token),
        attempt=part.attempt,
        spec=job.spec,
        ranges=job.ranges,
        model=job.model,
        model_sha256=job.model_sha256,
        n=part.n,
        k=job.k,
        seed=part.seed,
        first_index=part.first_index,
        accepted=part.accepted,
        checkpoint=part.checkpoint,
        gradient_evaluations=None if evaluations is None else max(1, round(evaluations * share)),
        seconds=None if seconds is None else seconds * share,
        sampled=part.outcome is not None,
        request_id=job.request_id,
    )
