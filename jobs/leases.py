"""Leases on claimed parts: renew, save, release, end; no function commits.

The next worker that claims the part gets another token; then every write with the old one raises LeaseLost. The
job's row is locked before its parts', everywhere: so no two transactions wait for each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.contract.errors import LeaseLost, NotFound
from inverset.contract.outcome import UNREACHABLE, Outcome
from inverset.jobs import clock, fairshare, outcomes, store, verdicts
from inverset.jobs.claims import Claim
from inverset.jobs.column_types import SavedStart
from inverset.jobs.lifecycle import ACTIVE, Status
from inverset.jobs.stored_images import Packed
from inverset.jobs.tables import Job, Part, Sample, Worker

MOST_FAILURES = 3  # errors in a row without progress


@dataclass(frozen=True)
class SavedSample:
    """A sample after its file was written."""

    index: int
    blob: str  # the file
    sha256: str
    size: int
    activations: dict[str, float]
    step: int
    parent: int | None = None  # the sample that it walked on from
    start: SavedStart | None = None  # of a counterfactual
    packed: Packed | None = None  # where in the file; None: it is all of it


class Progress(NamedTuple):
    """The content of one save: samples, the file of their codes, and the checkpoint after them."""

    samples: Sequence[SavedSample]
    chunk: str
    checkpoint: str
    tally: Mapping[str, float]
    stored: int = 0  # bytes of the files that stay: images and codes
    closest: Mapping[str, float | None] = {}  # neuron -> the activation nearest to its band so far


def enroll(session: Session, worker: str, device: str) -> None:
    """Register a worker that starts; parts that an earlier one of its name held are free again at once."""
    at = clock.now(session)
    session.merge(Worker(id=worker, device=device, started_at=at, seen_at=at))
    session.execute(
        update(Part).where(Part.worker == worker, Part.state == Status.RUNNING).values(lease_until=at)
    )


def note_alive(session: Session, worker: str, speeds: Mapping[str, float] | None = None) -> None:
    """Record that a worker is alive, and its speed on each model in samples a second."""
    measured = {} if speeds is None else {"speeds": dict(speeds)}
    session.execute(update(Worker).where(Worker.id == worker).values(seen_at=clock.now(session), **measured))


def note_broken(session: Session, worker: str, broken: Mapping[str, str]) -> None:
    """Record the models that a worker cannot offer: name -> reason."""
    session.execute(update(Worker).where(Worker.id == worker).values(broken=dict(broken)))


def leave(session: Session, worker: str) -> None:
    """Remove a worker that ends normally."""
    if row := session.get(Worker, worker):
        session.delete(row)


def beat(session: Session, claim: Claim, lease_seconds: float, at: datetime | None = None) -> bool:
    """Renew the lease on a part. Returns whether its job is to be canceled.

    Raises:
        LeaseLost: another attempt holds it, or it is gone.
    """
    at = at or clock.now(session)
    renewed = (
        update(Part)
        .where(Part.job_id == claim.job_id, Part.number == claim.part, Part.lease_token == claim.token)
        .values(lease_until=at + timedelta(seconds=lease_seconds))
        .returning(Part.worker)
    )
    worker = session.scalar(renewed)
    if worker is None:
        raise _lost(claim)
    session.execute(update(Worker).where(Worker.id == worker).values(seen_at=at))
    return bool(session.scalar(select(Job.cancel_requested).where(Job.id == claim.job_id)))


def save(session: Session, claim: Claim, progress: Progress, at: datetime | None = None) -> bool:
    """Add samples whose files are written, and the checkpoint after them. Returns whether the job is to be canceled.

    Raises:
        LeaseLost: another attempt holds the part, or it is gone.
    """
    job, part = _held(session, claim, at)
    if progress.samples:
        session.execute(insert(Sample), [_row(claim, progress, row) for row in range(len(progress.samples))])
    part.accepted += len(progress.samples)
    job.accepted += len(progress.samples)
    job.stored_bytes += progress.stored
    job.tally = outcomes.moved(job.tally, part.tally, progress.tally)
    job.closest = outcomes.closest([job.closest or {}, progress.closest], job.targets)
    part.tally, part.checkpoint = dict(progress.tally), progress.checkpoint
    part.failures = part.losses = 0
    store.touch(session, job)
    return job.cancel_requested


def release(session: Session, claim: Claim, at: datetime | None = None, *, rest: float = 0.0) -> None:
    """Give the part back; its job goes to the end of the queue, and the part may be claimed in ``rest`` seconds.

    Raises:
        LeaseLost: another attempt holds the part, or it is gone.
    """
    job, part = _held(session, claim, at)
    part.state, part.lease_token = Status.QUEUED, None
    job.waiting_since = at = at or clock.now(session)
    part.not_before = at + timedelta(seconds=rest) if rest else None
    _idle(session, job)


def abandon(session: Session, claim: Claim) -> None:
    """Give up the part of a worker that is about to die: it can be claimed at once, and the loss is counted.

    So a part that breaks the device of every worker is found out in the end, and no other is to blame.
    """
    held = Part.job_id == claim.job_id, Part.number == claim.part, Part.lease_token == claim.token
    session.execute(update(Part).where(*held).values(lease_until=clock.now(session)))


def expire(session: Session, job_id: str, number: int, settings: Settings, at: datetime) -> bool:
    """Take a part from a silent worker. False: the part is no longer held by one."""
    try:
        job = store.locked(session, job_id)
    except NotFound:
        return False
    part = session.get(Part, (job_id, number), with_for_update=True, populate_existing=True)
    if part is None or part.state != Status.RUNNING or part.lease_until is None or part.lease_until > at:
        return False
    fairshare.write_off(session, job, part, settings)
    part.state = Status.CANCELED if job.cancel_requested else Status.QUEUED
    part.lease_token = None
    _idle(session, job)
    return True


def finish_part(
    session: Session, claim: Claim, outcome: Mapping[str, Any], at: datetime | None = None
) -> bool:
    """Record why sampling ended. Returns True for the job's last part, which stays claimed for the evidence.

    Raises:
        LeaseLost: another attempt holds the part, or it is gone.
    """
    job, part = _held(session, claim, at)
    part.outcome = dict(outcome)
    if Outcome.of(outcome).reason == UNREACHABLE and not part.accepted:
        _spare_untried(session, part)
    if store.count_parts(session, job.id, ACTIVE) == 1:
        store.touch(session, job)
        return True
    part.state, part.lease_token = Status.SUCCEEDED, None
    _idle(session, job)
    return False


def finish_job(
    session: Session, claim: Claim, evidence: Mapping[str, Any] | None, at: datetime | None = None
) -> None:
    """End the job as succeeded, with the evidence. Raises LeaseLost as ``save`` does."""
    job, part = _held(session, claim, at)
    part.state, part.lease_token = Status.SUCCEEDED, None
    # They are not needed any more; no row names them, so they are swept if their removal fails.
    session.execute(update(Part).where(Part.job_id == job.id).values(checkpoint=None))
    ends = session.scalars(select(Part.outcome).where(Part.job_id == job.id).order_by(Part.number)).all()
    reasons = [Outcome.of(each) for each in ends if each]
    job.outcome = asdict(outcomes.merged(reasons, job.targets, job.accepted, job.n))
    job.evidence = None if evidence is None else dict(evidence)
    job.confounds = None if evidence is None else evidence.get("confounds")
    verdicts.write_word(job, evidence)
    store.end(session, job, Status.SUCCEEDED, clock.now(session))
    store.touch(session, job)


def confirm_cancel(session: Session, claim: Claim) -> None:
    """Cancel the part as requested. Raises LeaseLost as ``save`` does."""
    job, part = _held(session, claim)
    part.state, part.lease_token = Status.CANCELED, None
    session.flush()
    store.end_if_canceled(session, job, clock.now(session))
    store.touch(session, job)


def fail(session: Session, claim: Claim, error: str, *, final: bool = False) -> None:
    """Record a failure: pause and try again, or fail the job; ``final``: trying again is no use.

    Raises:
        LeaseLost: another attempt holds the part, or it is gone.
    """
    job, part = _held(session, claim)
    part.failures += 1
    if final or part.failures >= MOST_FAILURES:
        store.fail_job(session, job, part, error)
        return
    part.state, part.lease_token = Status.QUEUED, None
    part.not_before = clock.now(session) + timedelta(seconds=2**part.failures)
    _idle(session, job)


def _held(session: Session, claim: Claim, at: datetime | None = None) -> tuple[Job, Part]:
    """The job and the part of a valid claim; charges the time since the last save to the job's owner."""
    try:
        job = store.locked(session, claim.job_id)
    except NotFound:
        raise _lost(claim) from None
    key = (claim.job_id, claim.part)
    part = session.get(Part, key, with_for_update=True, populate_existing=True)
    if part is None or part.lease_token != claim.token:
        raise _lost(claim)
    at = at or clock.now(session)
    fairshare.charge(session, job.owner, fairshare.uncharged(part.charged_at, at), claim.half_life, at)
    part.charged_at = at
    return job, part


def _lost(claim: Claim) -> LeaseLost:
    return LeaseLost(f"attempt {claim.attempt} no longer holds part {claim.part} of {claim.job_id}")


def _row(claim: Claim, progress: Progress, row: int) -> dict[str, object]:
    """The columns of a sample's row."""
    sample = progress.samples[row]
    place = {"job_id": claim.job_id, "part": claim.part, "chunk": progress.chunk, "row": row}
    columns = {name: value for name, value in vars(sample).items() if name != "packed"}
    within = vars(sample.packed) if sample.packed else {}
    return {**columns, **within, **place, "activation": sample.activations[claim.question.neurons[0]]}


def _idle(session: Session, job: Job) -> None:
    """Queue a job that no worker computes any more; its waiting parts can be claimed."""
    session.flush()
    if not store.count_parts(session, job.id, [Status.RUNNING]):
        store.move(job, Status.QUEUED)
        store.end_if_canceled(session, job, clock.now(session))
    store.touch(session, job)


def _spare_untried(session: Session, part: Part) -> None:
    """End the parts that have not begun, if one part found nothing at all."""
    session.execute(
        update(Part)
        .where(Part.job_id == part.job_id, Part.state == Status.QUEUED, Part.checkpoint.is_(None))
        .values(state=Status.SUCCEEDED, outcome=part.outcome)
    )
