"""The look at the line that all requests share."""

import time

import pytest

from inverset.api.queue_cache import QueueCache
from inverset.config.settings import Settings
from inverset.jobs import queue_forecast, queue_lengths, store


@pytest.fixture
def place(sessions):
    def place(lines, job_id):
        with sessions.begin() as session:
            return lines.place(session, store.job(session, job_id))

    return place


def test_a_new_job_has_its_place_at_once(post, place):
    lines, jobs = QueueCache(Settings()), []
    for position in (1, 2, 3):
        jobs.append(post()["id"])
        assert place(lines, jobs[-1]).position == position


def test_nobody_waits_for_anothers_look(post, place):
    lines, job = QueueCache(Settings()), post()["id"]
    before = place(lines, job)
    lines._forecast_at -= 60
    with lines._lock:  # somebody looks
        began = time.monotonic()
        assert place(lines, job) == before
        assert time.monotonic() - began < 1


def test_a_line_that_takes_long_is_looked_at_less_often(post, place):
    lines, first = QueueCache(Settings()), post(priority=1)["id"]
    second = post()["id"]
    assert place(lines, second).position == 2
    lines._took, seen_at = 60.0, lines._forecast_at
    lines._forecast_at -= 5
    place(lines, first)
    assert lines._forecast_at == seen_at - 5
    lines._took = 0.0
    place(lines, first)
    assert lines._forecast_at > seen_at


def test_a_long_line_is_counted_now_and_then(post, place, monkeypatch):
    lines, jobs = QueueCache(Settings()), [post()["id"] for _ in range(4)]
    monkeypatch.setattr(queue_forecast, "LONG", 1)
    monkeypatch.setattr(queue_forecast, "FIRST", 1)
    counts, count = [], queue_lengths.count
    monkeypatch.setattr(queue_lengths, "count", lambda session: counts.append(1) or count(session))
    assert [(seen.position, seen.about) for seen in (place(lines, job) for job in jobs)] == [
        (1, False),
        (2, True),
        (3, True),
        (4, True),
    ]
    lines._forecast_at -= 60
    assert place(lines, jobs[2]).position == 3
    assert len(counts) == 1
    lines._forecast_at, lines._count_again_at = lines._forecast_at - 60, 0.0
    assert place(lines, jobs[3]).position == 4
    assert len(counts) == 2
