"""Images that users try on neurons: they wait in the database for a worker, and results wait minutes to be read. Nothing is a file.

A worker takes the images out of the database before it looks at them: they are computed once at most, so that no image can
end one worker after another. What was deleted is overwritten in SQLite, and PostgreSQL does not log the table.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from inverset.contract.decoding import decode
from inverset.contract.encoding import encode
from inverset.contract.errors import Complaint, InvalidSpec, LimitExceeded, NotFound
from inverset.contract.image_tries import MOST_BYTES, MOST_IMAGES, TriedImage
from inverset.jobs import clock, quotas, switches
from inverset.jobs.column_types import JsonObject
from inverset.jobs.database import Sessions
from inverset.jobs.ids import new_id
from inverset.jobs.lifecycle import ACTIVE, Status
from inverset.jobs.tables import ImageTry

KEPT = timedelta(minutes=10)  # after the request, and after the results
LOST = timedelta(minutes=5)  # after which a worker that took images and has not answered is gone
MOST_UNFINISHED = 4  # of a user
LONGEST_NAME = 100  # characters of a file's name that are kept


@dataclass(frozen=True)
class Sent:
    """An image to try: a file's content, or the number of a reference image."""

    name: str
    content: bytes = b""
    reference: int | None = None


@dataclass(frozen=True)
class _File:
    """An image in ``files``: the bytes of its file, or the number of a reference image."""

    name: str
    size: int | None
    reference: int | None


@dataclass(frozen=True)
class Taken:
    """Images that a worker has taken, which are in no database any more."""

    id: str
    model: str
    neuron: str
    images: Sequence[Sent]


def check(images: Sequence[Sent]) -> None:
    """Check the number of images and the sizes of their files. Raises InvalidSpec."""
    errors = [
        _too_large(number, each) for number, each in enumerate(images) if len(each.content) > MOST_BYTES
    ]
    empty = [
        Complaint(loc=["image", number], msg=f"{each.name} is empty")
        for number, each in enumerate(images)
        if each.reference is None and not each.content
    ]
    if not images:
        message = (
            "there is no image; send each as a file in a field `image`, or a number in a field `reference`"
        )
        raise InvalidSpec([Complaint(loc=["image"], msg=message)])
    if len(images) > MOST_IMAGES:
        message = f"there are {len(images)} images; send at most {MOST_IMAGES} at once"
        raise InvalidSpec([Complaint(loc=["image"], msg=message)])
    if errors or empty:
        raise InvalidSpec([*errors, *empty])


def add(session: Session, owner: str, model: str, neuron: str, images: Sequence[Sent]) -> ImageTry:
    """Queue images for a worker.

    Raises:
        InvalidSpec: there are too many images, or one is too large.
        LimitExceeded: the owner has MOST_UNFINISHED requests under way.
        Draining: nothing new is taken.
    """
    check(images)
    switches.check_taking(session)
    quotas.hold(session, owner)
    tidy(session)
    mine = ImageTry.owner == owner, ImageTry.state.in_(ACTIVE)
    if (session.scalar(select(func.count()).where(*mine)) or 0) >= MOST_UNFINISHED:
        raise LimitExceeded(
            f"{MOST_UNFINISHED} requests of yours to try images wait already; read them first"
        )
    at = clock.now(session)
    row = ImageTry(
        id=new_id("try", at),
        owner=owner,
        model=model,
        neuron=neuron,
        state=Status.QUEUED,
        files=[_described(each) for each in images],
        content=b"".join(each.content for each in images),
        created_at=at,
        expires_at=at + KEPT,
    )
    session.add(row)
    session.flush()
    return row


def one(session: Session, owner: str, try_id: str) -> ImageTry:
    """A user's request and its results. Raises NotFound if there is none, or it has expired, or is another user's."""
    row = session.get(ImageTry, try_id)
    if row is None or row.owner != owner or row.expires_at <= clock.now(session):
        minutes = KEPT // timedelta(minutes=1)
        raise NotFound(f"there is no {try_id!r}; results are deleted after {minutes} minutes")
    return row


def remove(session: Session, owner: str, try_id: str) -> None:
    """Delete a request with its images and results. Raises NotFound as ``one`` does."""
    _overwrite_deleted(session)
    session.delete(one(session, owner, try_id))


def oldest(session: Session, models: Collection[str], *, locked: bool = False) -> str | None:
    """The id of the oldest request on one of these models that waits; None: none does, or the service is paused."""
    waiting = ImageTry.state == Status.QUEUED, ImageTry.model.in_(models)
    query = select(ImageTry.id).where(*waiting, ImageTry.expires_at > clock.now(session))
    query = query.order_by(ImageTry.id).limit(1)
    try_id = session.scalar(query.with_for_update(skip_locked=True) if locked else query)
    return None if try_id is None or switches.is_on(session, switches.PAUSED) else try_id


def take(session: Session, models: Collection[str]) -> Taken | None:
    """Take the ``oldest`` request out of the queue, and its images out of the database; None: there is none."""
    try_id = oldest(session, models, locked=True)
    if try_id is None:
        return None
    _overwrite_deleted(session)
    row = session.get_one(ImageTry, try_id)
    taken = Taken(row.id, row.model, row.neuron, _images(row))
    row.content, row.state, row.claimed_at = None, Status.RUNNING, clock.now(session)
    return taken


def answer(
    session: Session, try_id: str, images: Sequence[TriedImage] | None, error: str | None = None
) -> None:
    """Store the results, or why there are none; a request that was deleted meanwhile is ignored."""
    results = None if images is None else [encode(each) for each in images]
    state, until = Status.FAILED if images is None else Status.SUCCEEDED, clock.now(session) + KEPT
    changed = update(ImageTry).where(ImageTry.id == try_id)
    session.execute(changed.values(state=state, error=error, images=results, expires_at=until))


def tidy(session: Session, at: datetime | None = None) -> None:
    """Delete what has expired, and end what a worker took and never answered."""
    at = at or clock.now(session)
    _overwrite_deleted(session)
    session.execute(delete(ImageTry).where(ImageTry.expires_at <= at))
    lost = ImageTry.state == Status.RUNNING, ImageTry.claimed_at <= at - LOST
    gone = "the worker that took the images has ended; send them again"
    session.execute(update(ImageTry).where(*lost).values(state=Status.FAILED, error=gone))


def empty_log(sessions: Sessions) -> None:
    """Empty SQLite's write-ahead log, in which deleted images stand otherwise; does nothing while others read."""
    engine = sessions.kw["bind"]
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")


def _overwrite_deleted(session: Session) -> None:
    """Have SQLite overwrite what this connection deletes."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("pragma secure_delete=on"))


def _too_large(number: int, image: Sent) -> Complaint:
    message = f"{image.name} has {len(image.content):,} bytes; an image may have {MOST_BYTES:,}"
    return Complaint(loc=["image", number], msg=message)


def _described(image: Sent) -> JsonObject:
    size = len(image.content) if image.reference is None else None
    return {"name": image.name, "size": size, "reference": image.reference}


def _images(row: ImageTry) -> list[Sent]:
    content, place, images = row.content or b"", 0, []
    for file in (decode(_File, each) for each in row.files):
        end = place + (file.size or 0)
        images.append(Sent(file.name, content[place:end], file.reference))
        place = end
    return images
