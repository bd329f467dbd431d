"""``Prefer: wait=SECONDS``: an answer that waits for a job to end, without blocking other requests."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Annotated

from fastapi import Header
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from inverset.api.deps import Services
from inverset.jobs import store
from inverset.jobs.backoff import Backoff
from inverset.jobs.lifecycle import ENDED

MOST_SECONDS = 30
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5  # seconds between two looks
_WAIT = re.compile(r'(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])', re.IGNORECASE)

Look = Callable[[Session, str, int | None], tuple[int, bool]]
Prefer = Annotated[
    str | None,
    Header(
        description="`wait=SECONDS`, 30 at most: wait until the job has ended, or at most that long.",
        examples=["wait=10"],
    ),
]


def seconds(prefer: str | None) -> int:
    """The seconds that a request asks to wait; an unreadable header is ignored, as RFC 7240 requires."""
    preferred = _WAIT.search(prefer or "")
    return min(MOST_SECONDS, int(preferred[1])) if preferred else 0


def look_at_job(session: Session, job_id: str, known: int | None) -> tuple[int, bool]:
    """The job's revision and whether it has ended; one small query unless the revision has changed."""
    seq = store.last_seq(session, job_id)
    return seq, seq != known and store.job(session, job_id).state in ENDED


async def until_ended(
    services: Services, its_id: str, prefer: str | None, look: Look = look_at_job
) -> dict[str, str]:
    """Wait until the job has ended, the time is over or the server ends; returns the headers that say so.

    ``look`` gives a number that changes with the job, and whether it has ended.

    Raises:
        NotFound: there is no such job (any more).
    """
    wait = seconds(prefer)
    if not wait:
        return {}
    end, backoff, seq = time.monotonic() + wait, Backoff(FIRST_PAUSE, LONGEST_PAUSE, factor=1.5), None
    while True:
        seq, ended = await run_in_threadpool(_looked, services, look, its_id, seq)
        left = end - time.monotonic()
        if ended or left <= 0 or services.ending.is_set():
            return {"Preference-Applied": f"wait={wait}"}
        await asyncio.sleep(min(backoff.advance(), left))


def _looked(services: Services, look: Look, its_id: str, known: int | None) -> tuple[int, bool]:
    with services.reading() as session:
        return look(session, its_id, known)
