"""Comparison of jobs."""

from typing import Annotated

from fastapi import APIRouter, Query

from inverset.api import comparing
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices
from inverset.api.schemas import PROBLEM, ComparisonAnswer, Responses
from inverset.contract.comparison import FEWEST, MOST

router = APIRouter(tags=["jobs"])
Jobs = Annotated[
    str, Query(max_length=1000, description=f"Ids of {FEWEST} to {MOST} jobs, separated by commas.")
]
NOT_FOUND: Responses = {404: {"description": "Not Found", "content": PROBLEM}}


@router.get("/compare", responses=NOT_FOUND)
def get_comparison(jobs: Jobs, services: InServices, caller: AsCaller) -> ComparisonAnswer:
    """Compare methods, bands or neurons: the question and the verdict of each job, and every metric in one row.

    Compare precision and coverage only between jobs with the same band and number of samples; `differ` lists the differences.
    """
    ids = jobs.split(",")
    comparing.check(ids)
    with services.reading() as session:
        return ComparisonAnswer.model_validate(comparing.compare(session, caller, ids).to_json())
