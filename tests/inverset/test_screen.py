"""What is printed about a job that waits."""

import pytest

from inverset.contract.answers import JobAnswer
from inverset.screen import standing


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"ahead": 0, "starts_in_seconds": 3.0, "reason": None}, "queued"),
        ({"ahead": 2, "starts_in_seconds": 3.0, "reason": None}, "queued, 2 ahead"),
        (
            {"ahead": 2, "starts_in_seconds": None, "reason": "paused"},
            "queued, 2 ahead; the service is paused",
        ),
        ({"ahead": 0, "starts_in_seconds": None, "reason": "no worker"}, "queued; no worker is running"),
        ({"ahead": 0, "starts_in_seconds": None, "reason": "not measured"}, "queued"),
        ({"ahead": 1, "starts_in_seconds": None}, "queued, 1 ahead"),  # a server of an earlier version
        (None, "queued"),
    ],
)
def test_why_a_job_does_not_start_is_said(place, words):
    job = {
        "id": "job_1",
        "state": "queued",
        "queue": place,
        "progress": {"accepted": 0, "n": 8},
        "ranges": [],
    }
    assert standing(JobAnswer.of(job)) == words
