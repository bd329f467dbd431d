"""Browser sessions: random ids that stand for a key for a while. The database stores only their digests."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from inverset.contract.errors import Unauthenticated
from inverset.jobs import accounts, clock
from inverset.jobs.accounts import HOLDER, Known
from inverset.jobs.tables import BrowserSession, Key

SECONDS = 90 * 24 * 3600  # then the key is to be pasted again
_HOLDER_OF = HOLDER.add_columns(BrowserSession.expires_at.label("session_ends")).join(
    BrowserSession, BrowserSession.key == Key.id
)


def begin(session: Session, key_id: str) -> str:
    """The id of a new session for a key; only the browser gets it."""
    token, at = secrets.token_urlsafe(32), clock.now(session)
    session.execute(delete(BrowserSession).where(BrowserSession.expires_at <= at))  # of all users
    ends = at + timedelta(seconds=SECONDS)
    session.add(BrowserSession(digest=digest(token), key=key_id, created_at=at, expires_at=ends))
    session.flush()
    return token


def end(session: Session, token: str) -> None:
    """End a session; an unknown one is ignored."""
    session.execute(delete(BrowserSession).where(BrowserSession.digest == digest(token)))


def authenticate(session: Session | Connection, token: str) -> Known:
    """The caller that a session belongs to.

    Raises:
        Unauthenticated: it is unknown, or over, or its key is expired or revoked.
    """
    mine = digest(token)
    row = session.execute(_HOLDER_OF.where(BrowserSession.digest == mine)).one_or_none()
    if row is None or row.session_ends <= row.at:
        raise Unauthenticated("your session has ended; sign in again")
    return accounts.known(row)._replace(session=mine)


def alive(session: Session, digests: Collection[str]) -> set[str]:
    """Those of the sessions that are not over; says nothing about their keys."""
    at = clock.now(session)
    asked = BrowserSession.digest.in_(digests), BrowserSession.expires_at > at
    return set(session.scalars(select(BrowserSession.digest).where(*asked)))


def digest(token: str) -> str:
    """The SHA-256 of a token; that is enough, because a token is 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
