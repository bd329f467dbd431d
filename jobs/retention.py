"""Removes expired jobs and orphaned files. Safe to interrupt and to repeat."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Engine, delete, exists, func, select
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.contract import paths
from inverset.contract.catalogue import REFERENCE_STAMP
from inverset.jobs import clock, store
from inverset.jobs.database import Sessions, writing
from inverset.jobs.lifecycle import ENDED
from inverset.jobs.tables import Job, Model, Part, Sample, Sweep
from inverset.storage import Blob, BlobStore

log = logging.getLogger(__name__)
RETAINING = 7202  # the number of a lock in PostgreSQL
SECONDS = 1800  # from time to time


class Removed(NamedTuple):
    """The numbers of removed jobs and files."""

    jobs: int = 0
    files: int = 0  # that no row named


def retain(sessions: Sessions, blobs: BlobStore, settings: Settings) -> Removed:
    """Remove expired jobs and orphaned files; does nothing if another process is doing it.

    Raises:
        OSError: files could not be removed; they are the next time.
    """
    with _alone(sessions.kw["bind"]) as alone:
        if not alone:
            return Removed()
        jobs = sum(1 for _ in iter(lambda: _expire_one(sessions, blobs), None))
        files = sweep_orphans(sessions, blobs, settings.orphan_hours)
        files += sweep_models(sessions, blobs, settings.orphan_hours)
        with writing(sessions) as session:
            session.execute(delete(Sweep).where(~exists().where(Job.sweep == Sweep.id)))
    if jobs or files:
        log.info("removed %s expired jobs and %s files without a row", jobs, files)
    return Removed(jobs, files)


def sweep_orphans(sessions: Sessions, blobs: BlobStore, hours: float) -> int:
    """Remove files that no row names and that are older than the limit; returns their number.

    The age keeps away from files whose rows are still on their way: a file is written before its row.
    """
    with sessions.begin() as session:
        old = clock.now(session) - timedelta(hours=hours)
    aged = (blob for blob in blobs.names(paths.JOBS) if blob.modified < old)
    return sum(_sweep(sessions, blobs, job_id, files) for job_id, files in groupby(aged, key=_job))


def sweep_models(sessions: Sessions, blobs: BlobStore, hours: float) -> int:
    """Remove the files of model versions that are neither offered nor used by any job; returns the number of files.

    Of an offered model only the files of the version that is offered stay, and none goes before it is as old as that.
    """
    with sessions.begin() as session:
        old = clock.now(session) - timedelta(hours=hours)
    aged = [blob.name for blob in blobs.names(paths.MODELS) if blob.modified < old]
    with sessions.begin() as session:
        kept = _kept_versions(session, {paths.version_of(name)[0] for name in aged})
    orphans = [
        name for name in aged if not kept & {paths.version_of(name)[0], "-".join(paths.version_of(name))}
    ]
    for name in orphans:
        blobs.delete(name)
    return len(orphans)


def _kept_versions(session: Session, versions: Iterable[str]) -> set[str]:
    """Offered versions, and of the others those whose weights some job used."""
    columns = select(Model.sha256, Model.catalogue[REFERENCE_STAMP].as_string())
    offered = {sha256: paths.version(sha256, stamped) for sha256, stamped in session.execute(columns)}
    asked = {sha256 for sha256 in set(versions) - set(offered) if _is_asked(session, sha256)}
    return {each for each in offered.values() if each} | asked


def _is_asked(session: Session, sha256: str) -> bool:
    return bool(session.scalar(select(exists().where(Job.model_sha256 == sha256))))


def _sweep(sessions: Sessions, blobs: BlobStore, job_id: str, files: Iterable[Blob]) -> int:
    names = [blob.name for blob in files]  # before the rows are asked: what is named meanwhile is not old
    with sessions.begin() as session:
        named = _named(session, job_id)
    orphans = [name for name in names if name not in named]
    for name in orphans:
        blobs.delete(name)
    return len(orphans)


def _named(session: Session, job_id: str) -> set[str]:
    """All files of a job that rows name or that lie beside them; empty if the job is gone."""
    # Of earlier versions: images in files of their own.
    alone = (Sample.job_id == job_id, Sample.offset.is_(None))
    queries = (
        select(Sample.blob).where(*alone),
        select(Sample.blob).where(*alone, Sample.start.is_not(None)),
        select(Sample.blob).where(Sample.job_id == job_id, Sample.offset.is_not(None)).distinct(),
        select(Sample.chunk).where(Sample.job_id == job_id).distinct(),
        select(Part.checkpoint).where(Part.job_id == job_id, Part.checkpoint.is_not(None)),
    )
    images, started, *rest = [{str(name) for name in session.scalars(query)} for query in queries]
    images |= {paths.start(name) for name in started}
    named = images.union(map(paths.thumbnail, images), *rest)
    return named | (paths.files_of_job(job_id) if session.get(Job, job_id) else frozenset())


def _job(blob: Blob) -> str:
    return paths.job_of(blob.name)


def _expire_one(sessions: Sessions, blobs: BlobStore) -> str | None:
    """Remove one job in a transaction of its own, so that many of them block no other; None: there is none."""
    with writing(sessions) as session:
        past = Job.expires_at <= clock.now(session)
        query = select(Job.id).where(past, Job.state.in_(ENDED)).order_by(Job.expires_at).limit(1)
        job_id = session.scalar(query.with_for_update(skip_locked=True))
        if job_id is None:
            return None
        files = store.delete_job(session, job_id)
    blobs.delete_prefix(files)  # afterwards; if that fails, they are orphans
    return job_id


@contextmanager
def _alone(engine: Engine) -> Iterator[bool]:
    """Whether this process holds the lock, which belongs to a connection, not a transaction: the work may take long."""
    if engine.dialect.name == "sqlite":  # a single worker
        yield True
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        alone = bool(connection.scalar(select(func.pg_try_advisory_lock(RETAINING))))
        try:
            yield alone
        finally:
            if alone:
                connection.execute(select(func.pg_advisory_unlock(RETAINING)))
