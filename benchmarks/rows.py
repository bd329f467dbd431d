"""Rows in bulk: a long queue, or a large job, without the days that they would take."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, insert, literal, select, text, update
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.contract import paths
from inverset.contract.question import Band, Question, Target
from inverset.contract.spec import JobSpec
from inverset.jobs import claims, clock, posting
from inverset.jobs.claims import Bidder
from inverset.jobs.database import Sessions, writing
from inverset.jobs.lifecycle import Status
from inverset.jobs.posting import Origin
from inverset.jobs.tables import Job, Part, Sample, User, Worker

NEURON = "fc8:volcano"
SPEC = JobSpec.model_validate({"model": "scenes", "neurons": [{"neuron": NEURON, "range": [1.0, 3.0]}]})
QUESTION = Question("scenes", "0" * 64, (Target(NEURON, Band(1.0, 3.0)),), "calibrated", n=100, k=20)
PART, CHUNK = 1000, 40  # samples
PICTURE = 9000  # bytes
HEAD = 30 + len(paths.image_in_gallery(0))  # bytes before a picture in a pack
_AT_ONCE = 5000  # rows


def queue(sessions: Sessions, count: int, users: int) -> None:
    """So many jobs that wait, of so many users in turn; two of them run, by a worker that is known."""
    with writing(sessions) as session:
        at = clock.now(session)
        names = [f"user{number}" for number in range(users)]
        known = {"role": "member", "weight": 1.0, "usage_at": at, "created_at": at}
        session.execute(insert(User), [{"name": name, **known} for name in names])
        session.add(Worker(id="w", device="cpu", speeds={"scenes": 20.0}, started_at=at, seen_at=at))
        begin = at - timedelta(milliseconds=count)
        for first in range(0, count, _AT_ONCE):
            numbers = range(first, min(count, first + _AT_ONCE))
            posted = [
                _job(Origin(names[number % users]), begin + timedelta(milliseconds=number))
                for number in numbers
            ]
            session.execute(insert(Job), [_row(job) for job in posted])
            session.execute(insert(Part), [_row(part) for job in posted for part in _parts(job)])
        for _ in range(2):
            claims.claim(session, Bidder("w"), Settings())
    analyze(sessions)


def job(sessions: Sessions, n: int, *, packed: bool = False) -> str:
    """A job that succeeded, with n samples; files are named, not written. Gives its id.

    ``packed``: images lie in packs, as a worker saves them, else in files of their own.
    """
    with writing(sessions) as session:
        at = clock.now(session)
        made = _job(Origin(), at, n)
        made.state, made.accepted, made.started_at, made.finished_at = Status.SUCCEEDED, n, at, at
        made.outcome = {"reason": "reached n", "detail": ""}
        session.add(made)
        session.flush()
        session.execute(insert(Part), [{**_row(part), "state": Status.SUCCEEDED} for part in _parts(made)])
        _samples(session, made.id, n)
        if packed:
            _pack(session, made.id)
    analyze(sessions)
    return made.id


def analyze(sessions: Sessions) -> None:
    """What the database's own upkeep does sooner or later."""
    with sessions.kw["bind"].connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("analyze"))


def picture(job_id: str, index: int) -> str:
    """The file of a sample."""
    return f"jobs/{job_id}/images/{index}.png"


def pack(job_id: str, number: int) -> str:
    """The file of neighbouring samples' images."""
    return f"jobs/{job_id}/packs/{number}.zip"


def chunk(job_id: str, number: int) -> str:
    """The file of neighbouring samples' codes."""
    return f"jobs/{job_id}/chunks/{number}.safetensors"


def _samples(session: Session, job_id: str, n: int) -> None:
    """One, then as many again from those that are there, and again."""
    first = select(literal(0).label("index"))
    session.execute(
        insert(Sample).from_select(
            list(_columns(job_id, literal(0))), select(*_columns(job_id, first.subquery().c.index).values())
        )
    )
    have = 1
    while have < n:
        there = select(Sample.index).where(Sample.job_id == job_id, Sample.index < n - have).subquery()
        columns = _columns(job_id, there.c.index + have)
        session.execute(insert(Sample).from_select(list(columns), select(*columns.values())))
        have = min(n, 2 * have)


def _pack(session: Session, job_id: str) -> None:
    """Say of all samples that they lie in packs, which have no thumbnails."""
    number = cast(Sample.index // CHUNK, String)
    places = {
        "blob": literal(f"jobs/{job_id}/packs/") + number + literal(".zip"),
        "offset": Sample.index % CHUNK * (HEAD + PICTURE) + HEAD,
        "thumbnail_offset": 0,
        "thumbnail_size": 0,
    }
    session.execute(update(Sample).where(Sample.job_id == job_id).values(places))


def _columns(job_id: str, index: ColumnElement[int]) -> dict[str, Any]:
    """All columns of a sample; activations are scattered over the indices."""
    number = cast(index, String)
    return {
        "job_id": literal(job_id),
        "index": index,
        "part": index // PART,
        "blob": literal(f"jobs/{job_id}/images/") + number + literal(".png"),
        "sha256": literal("0" * 64),
        "size": literal(PICTURE),
        "activations": literal({NEURON: 2.0}, Sample.activations.type),
        "activation": 1.0 + (index * 7919) % 1_000_003 / 500_001.5,
        "step": index // 4,
        "chunk": literal(f"jobs/{job_id}/chunks/") + cast(index // CHUNK, String) + literal(".safetensors"),
        "row": index % CHUNK,
    }


def _job(origin: Origin, at: datetime, n: int = 100) -> Job:
    return posting.new_job(SPEC.model_copy(update={"n": n}), QUESTION, origin, at)


def _parts(job: Job) -> list[Part]:
    return posting.new_parts(job, 0, PART)


def _row(made: Job | Part) -> dict[str, Any]:
    """As the table has it; what is left out gets its default."""
    values = ((column.key, getattr(made, column.key)) for column in type(made).__mapper__.column_attrs)
    return {name: value for name, value in values if value is not None}
