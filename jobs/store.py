"""Jobs, models and the queue in the database, as users see them; no function commits.

``samples`` has what jobs delivered, ``leases`` the worker's side.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.contract import paths
from inverset.contract.catalogue import MEASURED, Catalogue
from inverset.contract.errors import BadCursor, NotFound
from inverset.contract.evidence import Trust
from inverset.contract.hints import did_you_mean
from inverset.contract.question import Question
from inverset.contract.resolution import canonical_or_none
from inverset.contract.spec import MOST_PRIORITY, JobSpec
from inverset.contract.verdict import NEEDED, judge_anew
from inverset.jobs import clock, fairshare, idempotency, labels, measured, on_finish, quotas
from inverset.jobs.filters import ALL, Filter, conditions
from inverset.jobs.ids import is_id
from inverset.jobs.lifecycle import ACTIVE, ENDED, RETRIED, MoveRefused, Status, check_move
from inverset.jobs.posting import Origin, new_job, new_parts
from inverset.jobs.tables import UNENDED, Job, Model, Part, Sample, Sweep, Worker

_STAMP = "neurons_sha256"  # key of a digest of what was measured
# Made once: it is asked all the time, and making it takes as long as asking.
_JOB = select(Job).where(Job.id == bindparam("id"))


# Models


def publish_model(session: Session, catalogue: Mapping[str, Any]) -> None:
    """Store a worker's catalogue of a model, in place of the earlier one."""
    neurons, name = catalogue.get("neurons", {}), catalogue["name"]
    stored = {key: value for key, value in catalogue.items() if key != "neurons"}
    stored |= {MEASURED: len(neurons), _STAMP: measured.digest(neurons)}
    before = session.get(Model, name, with_for_update=True)
    if before is None:
        before = _first(session, Model(name=name, sha256="", catalogue={}, published_at=clock.now(session)))
    if before.catalogue.get(_STAMP) != stored[_STAMP]:
        measured.replace(session, name, neurons)
    before.sha256, before.catalogue = catalogue["sha256"], stored
    before.published_at = clock.now(session)
    session.flush()


def _first(session: Session, model: Model) -> Model:
    """A model's row, locked; two workers may insert it at the same time."""
    try:
        with session.begin_nested():
            session.add(model)
    except IntegrityError:
        return session.get_one(Model, model.name, with_for_update=True, populate_existing=True)
    return model


def models(session: Session) -> Sequence[Model]:
    """All models, by name."""
    return session.scalars(select(Model).order_by(Model.name)).all()


def model(session: Session, name: str) -> Model:
    """A model by its name.

    Raises:
        NotFound: no worker offers it; the message gives the nearest names.
    """
    row = session.get(Model, name)
    if row is None:
        known = model_names(session)
        hint = (
            did_you_mean(name, known)
            if known
            else "there are none yet; start a worker, which publishes its models within seconds"
        )
        raise NotFound(f"no model is called {name!r}; {hint}")
    return row


def offered(session: Session, name: str, neurons: Iterable[str] = ()) -> Catalogue:
    """A model's catalogue; under ``neurons`` the statistics of the named neurons, by canonical name.

    Args:
        session: to read with.
        name: of the model.
        neurons: written in any of their ways; those that are not there are left out.

    Raises:
        NotFound: as ``model`` does.
    """
    catalogue = Catalogue.of(model(session, name).catalogue)
    names = [known for each in neurons if (known := canonical_or_none(catalogue, each))]
    return replace(catalogue, neurons=measured.of(session, name, names)) if names else catalogue


def withdraw_model(session: Session, name: str) -> None:
    """Remove a model that is no longer offered; jobs on it stay."""
    session.execute(delete(Model).where(Model.name == name))


def model_names(session: Session) -> Sequence[str]:
    """The names of the offered models."""
    return session.scalars(select(Model.name).order_by(Model.name)).all()


def broken_models(session: Session, silent_seconds: float) -> dict[str, str]:
    """Models that a living worker cannot offer and no other worker does: name -> reason."""
    broken = {name: why for each in workers(session, silent_seconds) for name, why in each.broken.items()}
    offered = set(model_names(session)) if broken else set()
    return {name: why for name, why in sorted(broken.items()) if name not in offered}


def asked(session: Session) -> set[tuple[str, str]]:
    """The models of jobs that have not ended, by name and SHA-256."""
    rows = session.execute(select(Job.model, Job.model_sha256).where(UNENDED).distinct())
    return {(name, sha256) for name, sha256 in rows}


def unended_on(session: Session, name: str) -> int:
    """How many jobs on a model have not ended."""
    counted = select(func.count()).select_from(Job).where(Job.model == name, UNENDED)
    return session.scalar(counted) or 0


# Jobs


def post_job(
    session: Session,
    spec: JobSpec,
    question: Question,
    origin: Origin,
    settings: Settings,
) -> Job:
    """Queue a job; a key that came before with the same body gives the job that it made then.

    Raises:
        IdempotencyMismatch: the key came before with another body.
    """
    if before := idempotency.posted(session, Job, origin):
        return before
    at = clock.now(session)
    fairshare.join(session, origin.owner, settings.half_life, at)
    job = new_job(spec, question, origin, at)
    if (before := idempotency.add(session, job, origin)) is not job:
        return before
    session.add_all(new_parts(job, spec.seed, settings.part_size))
    labels.write_text(session, job)
    session.flush()
    return job


def job(session: Session, job_id: str) -> Job:
    """A job by its id.

    Raises:
        NotFound: there is none.
    """
    row = session.scalars(_JOB, {"id": job_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no job {job_id!r}")
    return row


def evidence(session: Session, job_id: str) -> dict[str, object] | None:
    """The evidence on a finished job, judged by today's rules; None: nothing yet. Raises NotFound as ``job`` does."""
    job(session, job_id)
    return judge_anew(session.scalar(select(Job.evidence).where(Job.id == job_id)))


def trust(session: Session, job_id: str) -> Trust | None:
    """The verdict in a word with its reason, without the rest of the evidence, which is long; None: nothing yet."""
    row = session.execute(
        select(*(Job.evidence[name] for name in NEEDED)).where(Job.id == job_id)
    ).one_or_none()
    if row is None:
        return None
    judged = judge_anew({name: value for name, value in zip(NEEDED, row, strict=True) if value is not None})
    return Trust.of((judged or {}).get("trust"))


def jobs(
    session: Session, which: Filter = ALL, after: str | None = None, limit: int = 50
) -> tuple[Sequence[Job], str | None]:
    """A page of jobs, newest first, and the cursor of the next page (None: this is the last). Raises BadCursor."""
    query = select(Job).where(*conditions(which))
    if after is not None:
        if not is_id("job", after):
            raise BadCursor(after)
        query = query.where(Job.id < after)
    rows = session.scalars(query.order_by(Job.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def last_seq(session: Session, job_id: str) -> int:
    """A number that grows with every change of a job. Raises NotFound as ``job`` does."""
    revision = session.scalar(select(Job.revision).where(Job.id == job_id))
    if revision is None:
        raise NotFound(f"there is no job {job_id!r}")
    return revision


def revisions(session: Session, job_ids: Collection[str]) -> dict[str, int]:
    """The revisions of those jobs that exist."""
    query = select(Job.id, Job.revision).where(Job.id.in_(job_ids))
    return dict(session.execute(query).all())


def owners(session: Session, job_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Owner and visibility of those jobs that exist."""
    query = select(Job.id, Job.owner, Job.visibility).where(Job.id.in_(job_ids))
    return {job_id: (owner, visibility) for job_id, owner, visibility in session.execute(query)}


def change(session: Session, job_id: str, changes: Mapping[str, Any]) -> Job:
    """Change who sees a job, its name, notes, tags or star: valid values by column. Raises NotFound as ``job`` does."""
    row = locked(session, job_id)
    labels.change(session, row, changes)
    return touch(session, row)


def cancel(session: Session, job_id: str, at: datetime | None = None) -> Job:
    """Cancel a job: at once if no worker computes it, else when its workers confirm. An ended job stays as it is.

    Raises:
        NotFound: there is none.
    """
    row, at = locked(session, job_id), at or clock.now(session)
    if row.state in ENDED:
        return row
    held = and_(Part.state == Status.RUNNING, Part.lease_until > at)
    # A silent worker cannot confirm; without its token it cannot write either.
    session.execute(
        update(Part)
        .where(Part.job_id == job_id, Part.state.in_(ACTIVE), ~held)
        .values(state=Status.CANCELED, lease_token=None)
    )
    row.cancel_requested = True
    end_if_canceled(session, row, at)
    return touch(session, row)


def put_first(session: Session, job_id: str) -> Job:
    """Serve a job before its owner's others: a priority above theirs, or as high, and longer in the queue.

    Raises:
        NotFound: there is none.
        MoveRefused: it has ended.
    """
    row = locked(session, job_id)
    if row.state in ENDED:
        raise MoveRefused(job_id, row.state, "put first: it has ended")
    of_others = select(func.max(Job.priority), func.min(Job.waiting_since))
    highest, longest = session.execute(
        of_others.where(Job.owner == row.owner, Job.id != job_id, UNENDED)
    ).one()
    if highest is not None:
        row.priority = max(row.priority, min(MOST_PRIORITY, highest + 1))
        row.waiting_since = min(row.waiting_since, longest - timedelta(seconds=1))
    return touch(session, row)


def retry(session: Session, job_id: str, settings: Settings) -> Job:
    """Queue a failed or canceled job again; it goes on after its last saved sample.

    Raises:
        NotFound: there is none.
        MoveRefused: it has not failed and was not canceled.
        LimitExceeded, StorageFull: its owner has as much as they may.
    """
    row = locked(session, job_id)
    if row.state not in RETRIED:
        raise MoveRefused(job_id, row.state, "tried again: only failed and canceled jobs are")
    quotas.check(session, settings, row.owner)
    at = clock.now(session)
    fairshare.join(session, row.owner, settings.half_life, at)
    move(row, Status.QUEUED)
    session.execute(
        update(Part)
        .where(Part.job_id == job_id, Part.state != Status.SUCCEEDED)
        .values(state=Status.QUEUED, lease_token=None, not_before=None, failures=0, losses=0)
    )
    row.cancel_requested, row.waiting_since = False, at
    row.error = row.finished_at = row.expires_at = None
    return touch(session, row)


def delete_job(session: Session, job_id: str) -> str:
    """Delete a job and its rows; a worker that computes it loses its lease.

    Returns the prefix of its blobs, to be removed after the commit.

    Raises:
        NotFound: there is none.
    """
    row = locked(session, job_id)
    session.execute(delete(Sample).where(Sample.job_id == job_id))  # by cascade it would be done part by part
    session.delete(row)
    session.flush()
    if row.sweep is not None:  # which lasts as long as one of its jobs
        others = select(Job.id).where(Job.sweep == row.sweep).exists()
        session.execute(delete(Sweep).where(Sweep.id == row.sweep, ~others))
    return paths.job_folder(job_id)


# Workers


def workers(session: Session, silent_seconds: float) -> Sequence[Worker]:
    """The workers heard of within the last ``silent_seconds``."""
    alive = clock.now(session) - timedelta(seconds=silent_seconds)
    return session.scalars(select(Worker).where(Worker.seen_at >= alive).order_by(Worker.id)).all()


# What leases and the functions above share


def locked(session: Session, job_id: str) -> Job:
    """A job, locked until this transaction ends. Raises NotFound as ``job`` does."""
    row = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no job {job_id!r}")
    return row


def move(job: Job, to: Status) -> None:
    """Change a job's state. Raises MoveRefused as ``check_move`` does."""
    check_move(job.id, job.state, to)
    job.state = to


def end(session: Session, job: Job, to: Status, at: datetime) -> None:
    """End a job, with all that follows from it. Raises MoveRefused as ``check_move`` does."""
    move(job, to)
    job.finished_at = at
    on_finish.ended(session, job, at)


def touch(session: Session, job: Job) -> Job:
    """Increment a job's revision, so that its watchers see the change."""
    job.revision += 1
    session.flush()
    return job


def count_parts(session: Session, job_id: str, states: Sequence[Status]) -> int:
    """How many parts of a job are in one of the states."""
    query = select(func.count()).where(Part.job_id == job_id, Part.state.in_(states))
    return session.scalar(query) or 0


def end_if_canceled(session: Session, job: Job, at: datetime) -> None:
    """Cancel a job whose cancellation was requested, once no worker computes it."""
    if job.cancel_requested and not count_parts(session, job.id, [Status.RUNNING]):
        end(session, job, Status.CANCELED, at)


def fail_job(session: Session, job: Job, part: Part, error: str) -> None:
    """Fail a job because of one of its parts; its other parts stop."""
    part.state, part.lease_token = Status.FAILED, None
    session.flush()
    session.execute(
        update(Part)
        .where(Part.job_id == job.id, Part.state.in_(ACTIVE))
        .values(state=Status.CANCELED, lease_token=None)
    )
    job.error = error
    end(session, job, Status.FAILED, clock.now(session))
    touch(session, job)
