"""Idempotency keys: find, or insert once, the row that an owner and their Idempotency-Key name."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inverset.contract.errors import IdempotencyMismatch
from inverset.jobs.posting import Origin
from inverset.jobs.tables import Job, Sweep

Row = TypeVar("Row", Job, Sweep)


def posted(session: Session, kind: type[Row], origin: Origin) -> Row | None:
    """The row that an owner's key made before; None: there is none, or no key.

    Raises:
        IdempotencyMismatch: the key came before with another body.
    """
    key = origin.idempotency_key
    if key is None:
        return None
    query = select(kind).where(kind.owner == origin.owner, kind.idempotency_key == key)
    before = session.scalars(query).one_or_none()
    if before is not None and before.body_hash != origin.body_hash:
        raise IdempotencyMismatch(key)
    return before


def add(session: Session, row: Row, origin: Origin) -> Row:
    """The row after insertion; or the one that the same key made at the same time. Raises as ``posted`` does."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        if before := posted(session, type(row), origin):
            return before
        raise
    return row
