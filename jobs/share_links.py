"""Share links: the right of anybody who has the link to read one gallery. The database stores only the digests of their tokens."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from inverset.contract.errors import Conflict, NotFound
from inverset.jobs import clock, store
from inverset.jobs.lifecycle import ENDED
from inverset.jobs.tables import Job, ShareLink

MOST = 100  # of one job


class NewLink(NamedTuple):
    """A new link and its token, which is never seen again."""

    token: str
    row: ShareLink


def make(session: Session, job_id: str) -> NewLink:
    """A new link to the gallery of a job.

    Raises:
        NotFound: there is no such job.
        Conflict: it has not ended, or has MOST links.
    """
    job = store.job(session, job_id)
    if job.state not in ENDED:
        raise Conflict(f"job {job_id} is {job.state}; its gallery can be shared once it has ended")
    if len(of_job(session, job_id)) >= MOST:
        raise Conflict(f"job {job_id} has {MOST} links; withdraw one first")
    token = secrets.token_urlsafe(32)
    row = ShareLink(
        id=secrets.token_hex(4), digest=digest(token), job_id=job_id, created_at=clock.now(session)
    )
    session.add(row)
    session.flush()
    return NewLink(token, row)


def of_job(session: Session, job_id: str) -> Sequence[ShareLink]:
    """The links of a job, oldest first."""
    query = select(ShareLink).where(ShareLink.job_id == job_id)
    return session.scalars(query.order_by(ShareLink.created_at, ShareLink.id)).all()


def withdraw(session: Session, job_id: str, link_id: str) -> None:
    """End a link at once. Raises NotFound if the job has no such link."""
    query = delete(ShareLink).where(ShareLink.job_id == job_id, ShareLink.id == link_id)
    if session.execute(query.returning(ShareLink.id)).one_or_none() is None:
        raise NotFound(f"job {job_id} has no share link {link_id!r}")


def shared(session: Session, token: str) -> Job:
    """The job whose gallery a link's token lets anybody read. Raises NotFound if there is none, or it has not ended."""
    job = session.scalar(select(Job).join(ShareLink).where(ShareLink.digest == digest(token)))
    if job is None or job.state not in ENDED:
        raise NotFound("this link does not exist or was withdrawn")
    return job


def digest(token: str) -> str:
    """The SHA-256 of a token; that is enough, because a token is 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
