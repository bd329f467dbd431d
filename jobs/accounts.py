"""Users and their API keys. A key is shown once, when it is made; the database has only a digest of its secret."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inverset.contract.errors import Complaint, Conflict, InvalidSpec, NotFound, Unauthenticated
from inverset.jobs import clock
from inverset.jobs.access import ADMIN, MEMBER, Caller
from inverset.jobs.tables import Key, User

# Safe in a path, a header, a file name and a log line as they are.
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LIGHTEST, HEAVIEST = 0.01, 1000.0  # of weights
LONGEST_DAYS = 36_500
COARSE = timedelta(minutes=1)  # between two notes of when a key was used
_KEY = re.compile(r"inv_([0-9a-f]{8})_([A-Za-z0-9_-]{43})", re.ASCII)
_NOBODYS = hashlib.sha256(secrets.token_bytes(32)).hexdigest()  # compared with where there is no key
# Made once: every request asks it, and making it takes as long as asking.
HOLDER = select(Key.__table__, User.role, clock.Now().label("at")).join(User, Key.user == User.name)
_HOLDER_OF = HOLDER.where(Key.id == bindparam("key"))


class NewKey(NamedTuple):
    """A key that was just made, with its secret."""

    text: str  # the only time that it is seen
    row: Key


class Known(NamedTuple):
    """Result of ``authenticate``: the caller, the key's id, and whether its last use is due to be noted."""

    caller: Caller
    key_id: str
    stale: bool  # its use was not noted lately
    session: str | None = None  # of a browser, by which the key was used; its digest


# Users


def add_user(session: Session, name: str, weight: float = 1.0, role: str = MEMBER) -> User:
    """Add a user; they can do nothing before they have a key.

    Raises:
        InvalidSpec: the name is none that a user may have.
        Conflict: there is such a user already.
    """
    if not re.fullmatch(NAME, name):
        message = f"{name!r} is not a valid user name: 1 to 64 letters, digits, dots, dashes, underscores"
        raise InvalidSpec([Complaint(loc=["name"], msg=message)])
    at = clock.now(session)
    made = User(name=name, weight=weight, role=role, usage_at=at, created_at=at)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(f"there is already a user {name}") from None
    return made


def users(session: Session) -> Sequence[User]:
    """All users, by name."""
    return session.scalars(select(User).order_by(User.name)).all()


def user(session: Session, name: str) -> User:
    """A user by name.

    Raises:
        NotFound: there is none.
    """
    row = session.get(User, name)
    if row is None:
        raise NotFound(f"there is no user {name!r}")
    return row


def change_user(session: Session, name: str, weight: float | None = None, role: str | None = None) -> User:
    """Change a user's weight or role; None: unchanged.

    Raises:
        NotFound: as ``user`` does.
        Conflict: no admin would be left who has a good key.
    """
    row = user(session, name)
    if row.role == ADMIN and role not in (None, ADMIN):
        owners = {owner for _, owner in _admins_keys(session)}
        if owners == {name}:
            raise Conflict(f"{name} is the last admin with a valid key; first give another admin a key")
    row.weight = row.weight if weight is None else weight
    row.role = role or row.role
    session.flush()
    return row


# Keys


def make_key(session: Session, name: str, days: float | None = None) -> NewKey:
    """Make a key for a user, valid for so many days; None: until it is revoked. Raises NotFound as ``user`` does."""
    user(session, name)
    public, secret, at = secrets.token_hex(4), secrets.token_urlsafe(32), clock.now(session)
    expires = None if days is None else at + timedelta(days=days)
    row = Key(id=public, user=name, digest=_digest(secret), created_at=at, expires_at=expires)
    session.add(row)
    session.flush()
    return NewKey(f"inv_{public}_{secret}", row)


def keys(session: Session, name: str | None = None) -> Sequence[Key]:
    """The keys of a user, or of all users, oldest first. Raises NotFound as ``user`` does."""
    query = select(Key).order_by(Key.created_at, Key.id)
    if name is not None:
        query = query.where(Key.user == user(session, name).name)
    return session.scalars(query).all()


def revoke(session: Session, key_id: str, caller: Caller) -> Key:
    """Revoke a key; a revoked key stays revoked.

    Raises:
        NotFound: there is none, or it is another user's and the caller no admin.
        Conflict: no admin would be left who has a good key.
    """
    row = session.get(Key, key_id)
    if row is None or not (caller.admin or row.user == caller.name):
        raise NotFound(f"there is no key {key_id!r}")
    good = [key for key, _ in _admins_keys(session)]
    if good == [key_id]:
        raise Conflict(f"inv_{key_id} is the only valid key of an admin; make another one first")
    row.revoked_at = row.revoked_at or clock.now(session)
    session.flush()
    return row


def authenticate(session: Session | Connection, text: str) -> Known:
    """The caller that a key belongs to. The work done is the same for known and unknown key ids.

    Raises:
        Unauthenticated: it is unknown, expired or revoked; only the holder of its secret learns which.
    """
    parts = _KEY.fullmatch(text)
    public, secret = parts.groups() if parts else ("", "")
    row = session.execute(_HOLDER_OF, {"key": public}).one_or_none()
    same = hmac.compare_digest(_digest(secret), row.digest if row else _NOBODYS)
    if row is None or not same:
        raise Unauthenticated("there is no such key; ask an admin for one")
    return known(row)


def known(row: Row[Any]) -> Known:
    """The caller and key in a row of ``HOLDER``. Raises Unauthenticated if the key is expired or revoked."""
    _check_good(row)
    stale = row.last_used_at is None or row.last_used_at <= row.at - COARSE
    return Known(Caller(row.user, row.role), row.id, stale)


def holders(session: Session, key_ids: Collection[str]) -> dict[str, Caller]:
    """The callers of these keys; expired and revoked keys are left out."""
    rows = session.execute(HOLDER.where(Key.id.in_(key_ids))).all()
    return {row.id: Caller(row.user, row.role) for row in rows if _is_good(row)}


def note_use(session: Session, key_id: str) -> None:
    """Record that a key was used now, to the minute."""
    at = clock.now(session)
    old = or_(Key.last_used_at.is_(None), Key.last_used_at <= at - COARSE)
    session.execute(update(Key).where(Key.id == key_id, old).values(last_used_at=at))


def _admins_keys(session: Session) -> list[tuple[str, str]]:
    """Valid keys of admins and their owners, locked: until the transaction ends, no other can demote admins or revoke their keys."""
    admins = session.scalars(
        select(User.name).where(User.role == ADMIN).order_by(User.name).with_for_update()
    ).all()
    at = clock.now(session)
    unexpired = or_(Key.expires_at.is_(None), Key.expires_at > at)
    query = select(Key.id, Key.user).where(Key.user.in_(admins), Key.revoked_at.is_(None), unexpired)
    return [(key, owner) for key, owner in session.execute(query)]


def _is_good(key: Row[Any]) -> bool:
    try:
        _check_good(key)
    except Unauthenticated:
        return False
    return True


def _check_good(key: Row[Any]) -> None:
    if key.revoked_at is not None:
        raise Unauthenticated(f"the key {key.id} was revoked; ask an admin for a new one")
    if key.expires_at is not None and key.expires_at <= key.at:
        raise Unauthenticated(f"the key {key.id} has expired; ask an admin for a new one")


def _digest(secret: str) -> str:
    """The SHA-256 of a secret; that is enough, because the secret is 256 random bits and not a password."""
    return hashlib.sha256(secret.encode()).hexdigest()
