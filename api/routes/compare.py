"""Jobs side by side."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from api.admission import AsCaller
from api.deps import InHouse
from api.schemas import PROBLEM, ComparisonAnswer
from jobs import access, comparison, store
from jobs.comparison import FEWEST, MOST, Compared
from jobs.lifecycle import Complaint, InvalidSpec
from jobs.tables import Job

router = APIRouter(tags=["jobs"])
Jobs = Annotated[
    str, Query(max_length=1000, description=f"Ids of {FEWEST} to {MOST} jobs, with commas between.")
]
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "Not Found", "content": PROBLEM}}


@router.get("/compare", response_model=ComparisonAnswer, responses=NOT_FOUND)
def get_comparison(jobs: Jobs, house: InHouse, caller: AsCaller) -> dict[str, Any]:
    """Methods, bands or neurons side by side: what was asked of each job, its verdict, and every metric in one row.

    Precision and coverage are to be compared between jobs of the same band and number of samples; `differ` says what is not the same.
    """
    ids = _ids(jobs)
    with house.reading() as session:
        for job_id in ids:
            access.check(session, caller, Job, job_id, changes=False)
        return comparison.compare([_compared(session, job_id) for job_id in ids])


def _ids(text: str) -> Sequence[str]:
    """Raises InvalidSpec where there are too few or too many, or one is there twice."""
    ids = text.split(",")
    if not FEWEST <= len(ids) <= MOST or len(set(ids)) < len(ids):
        message = f"name {FEWEST} to {MOST} different jobs, with commas between"
        raise InvalidSpec([Complaint(loc=["jobs"], msg=message)])
    return ids


def _compared(session: Session, job_id: str) -> Compared:
    job, evidence = store.job(session, job_id), store.evidence(session, job_id)
    return Compared(job_id, job.model, {**job.spec, "k": job.k}, job.ranges, job.accepted, evidence)
