"""What is printed about a job that waits, and about progress where there is no terminal."""

import pytest

from inverset import screen
from inverset.contract.answers import JobAnswer
from inverset.screen import PrintedLines, standing


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


def test_progress_in_a_file_is_a_line_now_and_then(capsys, monkeypatch):
    times = iter([0.0, 5.0, 11.0, 11.0, 15.0, 21.0])
    monkeypatch.setattr(screen.time, "monotonic", lambda: next(times))
    lines = PrintedLines()
    lines.add("steps", "steps", 30)
    lines.show("steps", 10, "picture 0.3")
    lines.show("steps", 20, "picture 0.2")
    lines.show("steps", 30, "picture [0.1]")
    lines.end()
    assert capsys.readouterr().err == "steps 20/30 picture 0.2\nsteps 30/30 picture [0.1]\n"


def test_where_each_line_ended_is_printed_once(capsys, monkeypatch):
    monkeypatch.setattr(screen, "LINE_SECONDS", 0.0)
    with screen.bars() as bars:
        bars.add("a", "of a", 2)
        bars.mover("a")(2)
        bars.add("b", "of b", 3)
    assert capsys.readouterr().err.splitlines() == ["of a 2/2", "of b 0/3"]
