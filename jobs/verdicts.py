"""The word of a job's verdict in a column of its own, so that lists can show it and filter by it without reading evidence."""

import hashlib
import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inverset.contract import verdict
from inverset.jobs import store
from inverset.jobs.tables import Job

AT_ONCE = 200  # jobs


@cache
def rules() -> str:
    """A digest of the rules that give the word."""
    return hashlib.sha256(inspect.getsource(verdict).encode()).hexdigest()[:12]


def write_word(job: Job, evidence: Mapping[str, Any] | None) -> None:
    """Write the word of a job's verdict by the rules of this version."""
    judged = verdict.judge_anew(evidence) or {}
    job.trust = (judged.get("trust") or {}).get("word")
    job.trust_rules = rules()


def renew(session: Session) -> int:
    """Write the words of some jobs that other rules gave; returns their number, 0 when none is left."""
    old = Job.evidence.is_not(None), Job.trust_rules.is_distinct_from(rules())
    found = session.scalars(select(Job.id).where(*old).order_by(Job.id.desc()).limit(AT_ONCE)).all()
    for job in session.scalars(select(Job).where(Job.id.in_(found))):
        judged = store.trust(session, job.id)
        job.trust, job.trust_rules = None if judged is None else judged.word, rules()
    session.flush()
    return len(found)
