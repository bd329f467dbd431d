"""Webhook messages and their delivery, in the database; no function commits.

They are signed as Standard Webhooks has it (https://www.standardwebhooks.com, specification 1.0).
"""

import base64
import hashlib
import hmac
import json
import random
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from inverset.contract.errors import Conflict, NotFound
from inverset.jobs import clock, store
from inverset.jobs.tables import Job, User, Webhook

MINUTE, HOUR = 60, 3600
# Seconds from each failure to the next attempt, as the specification proposes; after the last one it is given up.
WAITS = (5, 5 * MINUTE, 30 * MINUTE, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)))
JITTER = 0.1  # share by which a wait is longer, at most: so that not all come back at once
HOLD_SECONDS = 120  # within which a worker records its attempt; then another one sends the message
MOST_ATTEMPTS = 50  # to send one message, those that were asked for among them
GONE = 410
SECRET_BYTES = 24  # two of them fit into their column


class Message(NamedTuple):
    """A message to send, its address, and the secrets that sign it."""

    id: str
    url: str
    content: bytes
    secrets: str
    at: datetime


class Attempt(NamedTuple):
    """The result of an attempt: the answer's status, or why there was none."""

    status: int | None
    error: str | None
    seconds: float

    @property
    def well(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def any_due(session: Session) -> bool:
    """Whether any message is due."""
    due = exists().where(Webhook.due_at <= clock.now(session))
    return bool(session.scalar(select(due)))


def take(session: Session, limit: int, at: datetime | None = None) -> Sequence[Message]:
    """Claim messages that are due. No other worker claims them before ``HOLD_SECONDS`` are over."""
    at = at or clock.now(session)
    query = (
        select(Webhook, Job.owner)
        .join(Job, Webhook.job_id == Job.id)
        .where(Webhook.due_at <= at)
        .order_by(Webhook.due_at)
        .limit(limit)
    )
    rows = session.execute(query.with_for_update(of=Webhook, skip_locked=True)).all()
    for message, _ in rows:
        message.due_at = at + timedelta(seconds=HOLD_SECONDS)
    keys = {owner: _secrets(session, owner) for owner in sorted({owner for _, owner in rows})}
    return [Message(message.id, message.url, _content(message), keys[owner], at) for message, owner in rows]


def record(session: Session, message_id: str, attempt: Attempt, at: datetime | None = None) -> None:
    """Record an attempt, and when to try again. The message may be gone, with its job."""
    message = session.get(Webhook, message_id, with_for_update=True, populate_existing=True)
    if message is None:
        return
    at = at or clock.now(session)
    message.attempts = [*message.attempts, {"at": at.isoformat(), **attempt._asdict()}]
    if attempt.well:
        message.delivered_at, message.due_at = at, None
        return
    wait = None if attempt.status == GONE else _wait(len(message.attempts))
    message.due_at = None if wait is None else at + timedelta(seconds=wait)


def of_job(session: Session, job_id: str) -> Sequence[Webhook]:
    """A job's messages, the oldest first. Raises NotFound if there is no such job."""
    store.job(session, job_id)
    return session.scalars(select(Webhook).where(Webhook.job_id == job_id).order_by(Webhook.id)).all()


def send_again(session: Session, job_id: str, message_id: str) -> Webhook:
    """Queue a message once more, delivered or not.

    Raises:
        NotFound: the job has no such message.
        Conflict: it was tried often enough.
    """
    message = session.get(Webhook, message_id, with_for_update=True)
    if message is None or message.job_id != job_id:
        raise NotFound(f"job {job_id} has no message {message_id!r}")
    if len(message.attempts) >= MOST_ATTEMPTS:
        raise Conflict(f"message {message_id} was tried {MOST_ATTEMPTS} times, which is the limit")
    message.delivered_at, message.due_at = None, clock.now(session)
    session.flush()
    return message


def secret(session: Session, user: str) -> str:
    """The secret that signs a user's messages; made when first requested."""
    return _secrets(session, user).split()[0]


def rotate(session: Session, user: str) -> str:
    """A new secret. Messages are also signed with the previous one until the next rotation."""
    row = _locked(session, user)
    kept = (row.webhook_secret or "").split()[:1]
    row.webhook_secret = " ".join([_new_secret(), *kept])
    session.flush()
    return row.webhook_secret.split()[0]


def headers(message: Message) -> dict[str, str]:
    """The headers of a message: its id, the time and a signature by each secret."""
    stamp = str(int(message.at.timestamp()))
    signed = f"{message.id}.{stamp}.".encode() + message.content
    signatures = [f"v1,{_sign(secret, signed)}" for secret in message.secrets.split()]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }


def _sign(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _content(message: Webhook) -> bytes:
    return json.dumps(message.payload, separators=(",", ":")).encode()


def _wait(failures: int) -> float | None:
    if failures > len(WAITS):
        return None
    return WAITS[failures - 1] * random.uniform(1, 1 + JITTER)


def _secrets(session: Session, user: str) -> str:
    kept = session.scalar(select(User.webhook_secret).where(User.name == user))
    return kept or _locked_secrets(session, user)


def _locked_secrets(session: Session, user: str) -> str:
    row = _locked(session, user)
    row.webhook_secret = row.webhook_secret or _new_secret()
    session.flush()
    return row.webhook_secret


def _locked(session: Session, user: str) -> User:
    row = session.get(User, user, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no user {user!r}")
    return row


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
