"""Delivered samples in the database."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from inverset.contract.errors import BadCursor, NotFound
from inverset.jobs import store
from inverset.jobs.column_types import start_image
from inverset.jobs.tables import Sample
from inverset.storage import Place

Order = Literal["index", "activation"]


class Selection(NamedTuple):
    """Which samples of a job, and in which order."""

    low: float | None = None  # of the first neuron's activation
    high: float | None = None
    order: Order = "index"
    after: str | None = None  # cursor
    limit: int = 100


EVERYTHING = Selection()


class Reading(NamedTuple):
    """A sample as far as a plot needs it."""

    number: int
    activations: Mapping[str, float]  # by neuron
    start: Mapping[str, float] | None  # of the image that a counterfactual changed


def page(
    session: Session, job_id: str, selection: Selection = EVERYTHING
) -> tuple[Sequence[Sample], str | None]:
    """A page of samples, and the cursor of the next page (None: this is the last one so far).

    Raises:
        NotFound: there is no such job.
        BadCursor: the cursor is none of ours.
    """
    store.job(session, job_id)
    query = select(Sample).where(Sample.job_id == job_id)
    if selection.low is not None:
        query = query.where(Sample.activation >= selection.low)
    if selection.high is not None:
        query = query.where(Sample.activation <= selection.high)
    rows = session.scalars(_from(query, selection).limit(selection.limit + 1)).all()
    more = len(rows) > selection.limit
    return rows[: selection.limit], _cursor(rows[selection.limit - 1], selection.order) if more else None


def rising(session: Session, job_id: str, most: int) -> Sequence[Sample]:
    """Samples of a job by rising activation: at most so many, evenly spread, with the lowest and the highest."""
    among = count(session, job_id)
    place = (func.row_number().over(order_by=(Sample.activation, Sample.index)) - 1).label("place")
    placed = select(Sample.index, place).where(Sample.job_id == job_id).subquery()
    ranks = {round(step * (among - 1) / max(1, most - 1)) for step in range(most)} if among else set[int]()
    query = select(Sample).where(Sample.job_id == job_id).join(placed, Sample.index == placed.c.index)
    return session.scalars(query.where(placed.c.place.in_(ranks)).order_by(placed.c.place)).all()


def one(session: Session, job_id: str, index: int) -> Sample:
    """A sample by its index.

    Raises:
        NotFound: there is no such job, or it has no such sample (yet).
    """
    store.job(session, job_id)
    sample = session.get(Sample, (job_id, index))
    if sample is None:
        raise NotFound(f"job {job_id} has no sample {index} (yet)")
    return sample


class Beside(NamedTuple):
    """The indices of the samples next to one; None: it is the last on that side."""

    before: int | None  # in their order
    after: int | None
    lower: int | None  # by the first neuron's activation
    higher: int | None


def beside(session: Session, sample: Sample) -> Beside:
    """The indices of the samples next to one."""
    rising = tuple_(Sample.activation, Sample.index)
    here = tuple_(literal(sample.activation), literal(sample.index))
    query = select(Sample.index).where(Sample.job_id == sample.job_id).limit(1)
    return Beside(
        session.scalar(query.where(Sample.index < sample.index).order_by(Sample.index.desc())),
        session.scalar(query.where(Sample.index > sample.index).order_by(Sample.index)),
        session.scalar(query.where(rising < here).order_by(Sample.activation.desc(), Sample.index.desc())),
        session.scalar(query.where(rising > here).order_by(Sample.activation, Sample.index)),
    )


def children(session: Session, job_id: str, index: int) -> Sequence[int]:
    """The samples that the chain went on to from one."""
    query = select(Sample.index).where(Sample.job_id == job_id, Sample.parent == index)
    return session.scalars(query.order_by(Sample.index)).all()


def every(session: Session, job_id: str) -> Iterator[Sample]:
    """All samples of a job by index, read a few hundred at a time, in no common transaction."""
    query, after = select(Sample).where(Sample.job_id == job_id).order_by(Sample.index).limit(500), -1
    while rows := session.scalars(query.where(Sample.index > after)).all():
        yield from rows
        after = rows[-1].index


class Listed(NamedTuple):
    """A sample as far as an archive needs it."""

    number: int
    png: Place
    start: Place | None  # the PNG of the image that a counterfactual changed


def listed(session: Session, job_id: str) -> Sequence[Listed]:
    """The files of all samples of a job by index."""
    columns = Sample.__table__.c  # as such they are read in half the time; there may be many
    query = select(columns.index, columns.blob, columns.size, columns.offset, columns.start)
    query = query.where(columns.job_id == job_id).order_by(columns.index)
    return [
        Listed(index, Place(blob, size, offset), start and start_image(blob, start).png)
        for index, blob, size, offset, start in session.execute(query)
    ]


def readings(session: Session, job_id: str, after: int = -1, limit: int | None = None) -> Sequence[Reading]:
    """Index and activations of the samples after an index, in order; at most ``limit``.

    Raises:
        NotFound: there is no such job.
    """
    store.job(session, job_id)
    columns = Sample.__table__.c
    query = select(columns.index, columns.activations, columns.start)
    query = query.where(columns.job_id == job_id, columns.index > after)
    return _readings(session, query.order_by(columns.index).limit(limit))


def some(session: Session, job_id: str, most: int) -> Sequence[Reading]:
    """Index and activations of the samples; evenly spread ones if there are more than ``most``."""
    columns = Sample.__table__.c
    last = session.scalar(select(func.max(columns.index)).where(columns.job_id == job_id))
    step = max(1, -(-(1 + (last or 0)) // most))
    query = select(columns.index, columns.activations, columns.start)
    query = query.where(columns.job_id == job_id, columns.index % step == 0)
    return _readings(session, query.order_by(columns.index))


def _readings(session: Session, query: Select[Any]) -> Sequence[Reading]:
    return [
        Reading(index, activations, start and start.activations)
        for index, activations, start in session.execute(query)
    ]


def last(session: Session, job_id: str, count: int) -> Sequence[Sample]:
    """The samples of the highest indices, the highest first."""
    query = select(Sample).where(Sample.job_id == job_id).order_by(Sample.index.desc())
    return session.scalars(query.limit(count)).all()


def named(session: Session, job_id: str, indices: Sequence[int]) -> dict[int, Sample]:
    """Samples by index; missing ones are left out."""
    query = select(Sample).where(Sample.job_id == job_id, Sample.index.in_(indices))
    return {sample.index: sample for sample in session.scalars(query)}


def count(session: Session, job_id: str) -> int:
    """The number of samples so far."""
    return session.scalar(select(func.count()).where(Sample.job_id == job_id)) or 0


def chunks(session: Session, job_id: str) -> Sequence[str]:
    """The files of codes, features and activations, in the samples' order."""
    first = func.min(Sample.index)
    query = select(Sample.chunk).where(Sample.job_id == job_id).group_by(Sample.chunk).order_by(first)
    return session.scalars(query).all()


def _from(query: Select[Sample], selection: Selection) -> Select[Sample]:
    if selection.order == "index":
        if selection.after is not None:
            query = query.where(Sample.index > _number(selection.after))
        return query.order_by(Sample.index)
    if selection.after is not None:
        activation, _, index = selection.after.partition("_")
        last = literal(_value(activation)), literal(_number(index))
        # As rows, not with "or": so the index is entered at this place, rather than read from its beginning.
        query = query.where(tuple_(Sample.activation, Sample.index) > tuple_(*last))
    return query.order_by(Sample.activation, Sample.index)


def _cursor(last: Sample, order: Order) -> str:
    return str(last.index) if order == "index" else f"{last.activation.hex().replace('+', '')}_{last.index}"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise BadCursor(text)
    return int(text)


def _value(text: str) -> float:
    try:
        value = float.fromhex(text)
    except (ValueError, OverflowError):
        raise BadCursor(text) from None
    if not math.isfinite(value):
        raise BadCursor(text)
    return value
