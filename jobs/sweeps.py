"""Sweeps in the database: groups of jobs; no function commits."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.contract.errors import BadCursor, Conflict, NotFound
from inverset.contract.question import Question
from inverset.contract.spec import JobSpec
from inverset.jobs import clock, idempotency, store
from inverset.jobs.access import LOCAL, Caller, visible
from inverset.jobs.filters import ALL, Filter
from inverset.jobs.ids import is_id, new_id
from inverset.jobs.lifecycle import ACTIVE, RETRIED, Status
from inverset.jobs.posting import Origin
from inverset.jobs.sweep_spec import SweepSpec
from inverset.jobs.tables import Job, Sweep


class SweepTotals(NamedTuple):
    """The progress of a sweep's jobs, together."""

    jobs: int
    ended: int
    accepted: int
    n: int
    states: Counter[Status]

    @classmethod
    def of(cls, rows: Iterable[tuple[Status, int, int]]) -> Self:
        """The progress of jobs given as state, ``accepted`` and ``n``."""
        listed = list(rows)
        states = Counter(state for state, _, _ in listed)
        accepted, n = sum(row[1] for row in listed), sum(row[2] for row in listed)
        return cls(len(listed), len(listed) - sum(states[each] for each in ACTIVE), accepted, n, states)

    @property
    def state(self) -> Status:
        """The state of the whole: running from the first job's start to the last one's end, succeeded if all are."""
        if self.ended < self.jobs:
            begun = self.ended or self.states[Status.RUNNING] or self.accepted
            return Status.RUNNING if begun else Status.QUEUED
        order = (Status.FAILED, Status.CANCELED, Status.SUCCEEDED)
        return next((each for each in order if self.states[each]), Status.CANCELED)


def post(
    session: Session,
    origin: Origin,
    spec: SweepSpec,
    jobs: Sequence[tuple[JobSpec, Question]],
    settings: Settings,
) -> Sweep:
    """Queue all jobs of a sweep; a key that came before with the same body gives the sweep that it made then.

    Raises:
        IdempotencyMismatch: the key came before with another body.
    """
    if before := idempotency.posted(session, Sweep, origin):
        return before
    made = _new(session, origin, spec.model_copy(update={"method": jobs[0][1].method}))
    if (before := idempotency.add(session, made, origin)) is not made:
        return before
    for number, (each, question) in enumerate(jobs):
        store.post_job(session, each, question, _within(origin, made, number), settings)
    return made


def sweep(session: Session, sweep_id: str) -> Sweep:
    """A sweep by its id.

    Raises:
        NotFound: there is none.
    """
    row = session.get(Sweep, sweep_id)
    if row is None:
        raise NotFound(f"there is no sweep {sweep_id!r}")
    return row


def page(
    session: Session, which: Filter = ALL, after: str | None = None, limit: int = 50
) -> tuple[Sequence[Sweep], str | None]:
    """A page of sweeps, newest first, and the cursor of the next page (None: this is the last).

    Of the filter, owner and ``seen_by`` count. Raises BadCursor.
    """
    query = select(Sweep).where(visible(which.seen_by, Sweep))
    if which.owner is not None:
        query = query.where(Sweep.owner == which.owner)
    if after is not None:
        if not is_id("sweep", after):
            raise BadCursor(after)
        query = query.where(Sweep.id < after)
    rows = session.scalars(query.order_by(Sweep.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def jobs(session: Session, sweep_id: str, seen_by: Caller = LOCAL) -> Sequence[Job]:
    """The sweep's jobs in order; deleted ones, and those that the caller may not see, are left out."""
    mine = Job.sweep == sweep_id, visible(seen_by)
    return session.scalars(select(Job).where(*mine).order_by(Job.sweep_index)).all()


def totals(session: Session, sweep_ids: Iterable[str], seen_by: Caller = LOCAL) -> Mapping[str, SweepTotals]:
    """The progress of several sweeps, without reading their jobs."""
    states: dict[str, list[tuple[Status, int, int]]] = {sweep_id: [] for sweep_id in sweep_ids}
    query = select(Job.sweep, Job.state, Job.accepted, Job.n).where(Job.sweep.in_(states), visible(seen_by))
    for sweep_id, state, accepted, n in session.execute(query):
        states[str(sweep_id)].append((state, accepted, n))
    return {sweep_id: SweepTotals.of(rows) for sweep_id, rows in states.items()}


def ended(session: Session, sweep_id: str) -> bool:
    """Whether all jobs of a sweep have ended. Raises NotFound as ``sweep`` does."""
    sweep(session, sweep_id)
    goes_on = select(Job.id).where(Job.sweep == sweep_id, Job.state.in_(ACTIVE)).limit(1)
    return session.scalar(goes_on) is None


def cancel(session: Session, sweep_id: str) -> Sweep:
    """Cancel all jobs of a sweep, as ``store.cancel`` does. Raises NotFound as ``sweep`` does."""
    row = sweep(session, sweep_id)
    for job_id in _job_ids(session, sweep_id):
        store.cancel(session, job_id)
    return row


def retry(session: Session, sweep_id: str, settings: Settings) -> Sweep:
    """Queue the failed and canceled jobs of a sweep again.

    Raises:
        NotFound: there is no such sweep.
        Conflict: none of its jobs failed or was canceled.
        LimitExceeded, StorageFull: their owner has as much as they may; none is tried again.
    """
    row = sweep(session, sweep_id)
    # All are locked before the first is counted: a retry of one of them alone locks in that order too.
    jobs_of_it = [store.locked(session, job_id) for job_id in _job_ids(session, sweep_id)]
    tried = [job for job in jobs_of_it if job.state in RETRIED]
    if not tried:
        raise Conflict(f"no job of sweep {sweep_id} failed or was canceled: there is nothing to retry")
    for job in tried:
        store.retry(session, job.id, settings)
    return row


def delete(session: Session, sweep_id: str) -> list[str]:
    """Remove a sweep with all its jobs and their rows.

    Returns the prefixes of their blobs, to be removed after the commit. Raises NotFound as ``sweep`` does.
    """
    sweep(session, sweep_id)
    return [store.delete_job(session, job_id) for job_id in _job_ids(session, sweep_id)]


def _within(origin: Origin, sweep: Sweep, number: int) -> Origin:
    """The origin of one of a sweep's jobs: the key is the sweep's."""
    return Origin(origin.owner, request_id=origin.request_id, sweep=sweep.id, sweep_index=number)


def _new(session: Session, origin: Origin, spec: SweepSpec) -> Sweep:
    at = clock.now(session)
    return Sweep(
        id=new_id("sweep", at),
        owner=origin.owner,
        visibility=spec.visibility,
        spec=spec.model_dump(mode="json", exclude_none=True),
        idempotency_key=origin.idempotency_key,
        body_hash=origin.body_hash,
        created_at=at,
    )


def _job_ids(session: Session, sweep_id: str) -> Sequence[str]:
    """The ids of a sweep's jobs, always in the same order, so that two transactions that lock them cannot deadlock."""
    return session.scalars(select(Job.id).where(Job.sweep == sweep_id).order_by(Job.id)).all()
