"""The users' lines in the queue, read from their heads: only as many jobs as a forecast comes to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, literal, select, true
from sqlalchemy.orm import Session

from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import LINE_ORDER, RUNNING, UNENDED, Job, Part, User

Speeds = Mapping[str, float]  # model -> samples a second


class Entry(NamedTuple):
    """A job in the queue, as far as order and time need it."""

    id: str
    owner: str
    state: Status
    priority: int
    accepted: int
    n: int
    seconds: float | None  # of sampling still to come; None: not known


# The table's columns rather than the class's: without objects in between a query takes half the time.
_JOBS = Job.__table__.c
_COLUMNS = (
    _JOBS.id, _JOBS.owner, _JOBS.state, _JOBS.priority, _JOBS.accepted, _JOBS.n, _JOBS.model,
    _JOBS.tally["seconds"].as_float(),
)  # fmt: skip
_ENTRIES = select(*_COLUMNS).where(UNENDED)
_ALL = _ENTRIES.order_by(Job.owner, *LINE_ORDER)
_LINE = _ENTRIES.where(Job.owner == bindparam("owner")).order_by(*LINE_ORDER)
_PAGE = _LINE.limit(bindparam("most")).offset(bindparam("first"))
_HELD = select(Part.job_id).where(RUNNING)
_RUNNING = _ENTRIES.where(Job.id.in_(_HELD), Job.state == Status.RUNNING).order_by(*LINE_ORDER)


class Lines(NamedTuple):
    """The jobs that run, and each user's line with them in it."""

    running: Sequence[Entry]
    of: Mapping[str, Iterator[Entry]]  # by owner
    whole: bool  # the lines are read to their ends; else they go on as far as they are read


def read(session: Session, owners: Sequence[str], speeds: Speeds, most: int, first: int) -> Lines:
    """The users' lines: whole if they have ``most`` jobs at most, else as far as they are come to.

    Args:
        session: stays open while the lines are read.
        owners: of jobs that have not ended.
        speeds: of the workers.
        most: jobs of a queue that is read whole.
        first: jobs that a reader of a longer queue is likely to come to.
    """
    if not _is_longer(session, most):
        lines: dict[str, list[Entry]] = {owner: [] for owner in owners}
        for row in session.execute(_ALL).all():
            entry = _entry(row, speeds)
            lines.setdefault(entry.owner, []).append(entry)
        held = [entry for line in lines.values() for entry in line if entry.state == Status.RUNNING]
        return Lines(held, {owner: iter(line) for owner, line in lines.items()}, whole=True)
    running = [_entry(row, speeds) for row in session.execute(_RUNNING)]
    each = 1 + 5 * first // (4 * len(owners))  # somewhat more than if all were served alike
    return Lines(running, _heads(session, owners, speeds, each), whole=False)


def _is_longer(session: Session, most: int) -> bool:
    """Whether more jobs than ``most`` have not ended; no more are counted."""
    some = select(literal(1)).select_from(Job).where(UNENDED).limit(most + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) > most


def _heads(
    session: Session, owners: Sequence[str], speeds: Speeds, most: int
) -> Mapping[str, Iterator[Entry]]:
    """Each owner's line; the first ``most`` jobs of each are read now, the others when they are come to."""
    first: dict[str, list[Entry]] = {owner: [] for owner in owners}
    for row in _first_rows(session, owners, most):
        entry = _entry(row, speeds)
        first[entry.owner].append(entry)
    return {owner: _line(partial(_page, session, owner, speeds), head, most) for owner, head in first.items()}


def _first_rows(session: Session, owners: Sequence[str], most: int) -> list[Sequence[Any]]:
    """The first ``most`` rows of each owner's line."""
    if session.get_bind().dialect.name != "sqlite":
        return list(session.execute(_EACH_HEAD, {"owners": owners, "most": most}))
    # It has no LATERAL, and no round trips either.
    connection = session.connection()
    heads = (connection.execute(_PAGE, {"owner": owner, "most": most, "first": 0}).all() for owner in owners)
    return [row for head in heads for row in head]


def _each_head() -> Select[Any]:
    line = _ENTRIES.where(Job.owner == User.name).order_by(*LINE_ORDER).limit(bindparam("most")).lateral()
    named = User.name.in_(bindparam("owners", expanding=True))
    return select(*line.c).select_from(User).join(line, true()).where(named)


_EACH_HEAD = _each_head()


def _line(page: Callable[[int, int], list[Entry]], head: list[Entry], most: int) -> Iterator[Entry]:
    """A line by pages, each as long as all before it."""
    first, asked = 0, most
    while head:
        yield from head
        if len(head) < asked:
            return
        first, asked = first + len(head), first + len(head)
        head = page(first, asked)


def _page(session: Session, owner: str, speeds: Speeds, first: int, most: int) -> list[Entry]:
    rows = session.execute(_PAGE, {"owner": owner, "most": most, "first": first})
    return [_entry(row, speeds) for row in rows]


def _entry(row: Sequence[Any], speeds: Speeds) -> Entry:
    its_id, owner, state, priority, accepted, n, model, seconds = row
    left = _seconds(n - accepted, accepted, seconds or 0.0, speeds.get(model))
    return Entry(its_id, owner, state, priority, accepted, n, left)


def _seconds(left: int, accepted: int, seconds: float, speed: float | None) -> float | None:
    """The remaining seconds, by the job's own speed so far; before its first sample, by the workers' speed on its model."""
    if accepted:
        return seconds / accepted * left
    return left / speed if speed else None
