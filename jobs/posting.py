"""The rows of a new job."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from inverset.contract.question import Question
from inverset.contract.spec import JobSpec
from inverset.jobs.access import LOCAL
from inverset.jobs.ids import new_id
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Job, Part


class Origin(NamedTuple):
    """The owner of a new job, and the request that made it."""

    owner: str = LOCAL.name
    idempotency_key: str | None = None
    body_hash: str | None = None
    request_id: str | None = None
    sweep: str | None = None
    sweep_index: int | None = None


def new_job(spec: JobSpec, question: Question, origin: Origin, at: datetime) -> Job:
    """The row of a queued job."""
    return Job(
        id=new_id("job", at),
        kind=spec.kind,
        spec=spec.model_dump(mode="json") | {"method": question.method},
        ranges=question.ranges,
        model=question.model,
        model_sha256=question.sha256,
        method=question.method,
        n=spec.n,
        k=question.k,
        priority=spec.priority,
        visibility=spec.visibility,
        preview=spec.preview,
        name="",
        notes="",
        tags=[],
        **origin._asdict(),
        state=Status.QUEUED,
        tally={},
        waiting_since=at,
        created_at=at,
    )


def new_parts(job: Job, seed: int, size: int) -> list[Part]:
    """The rows of its parts, of up to ``size`` samples each."""
    return [
        Part(
            job_id=job.id,
            number=number,
            first_index=first,
            n=min(size, job.n - first),
            seed=part_seed(seed, number),
            state=Status.QUEUED,
            tally={},
        )
        for number, first in enumerate(range(0, job.n, size))
    ]


def part_seed(seed: int, number: int) -> int:
    """A part's seed; the first has the job's own, so a small job gives the same samples as a run without a server."""
    if number == 0:
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:8], "big") >> 1
