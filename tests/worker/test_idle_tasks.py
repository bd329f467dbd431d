"""What is done while nobody asks for anything."""

import logging

import pytest

from inverset.worker import idle_tasks
from inverset.worker.idle_tasks import IdleTasks


@pytest.fixture
def clock(monkeypatch):
    """The time, to be set."""
    now = [100.0]
    monkeypatch.setattr(idle_tasks.time, "monotonic", lambda: now[0])
    return now


def steps(taken, name, count):
    def make():
        for number in range(count):
            taken.append((name, number))
            yield

    return make


def step(leisure_, clock, seconds, *, worked=False):
    clock[0] += seconds
    return leisure_.step(worked=worked)


def test_steps_are_taken_one_by_one_after_some_rest(clock):
    taken, free = [], IdleTasks()
    free.plan({"a": steps(taken, "a", 2), "b": steps(taken, "b", 1)})
    assert not step(free, clock, idle_tasks.IDLE_SECONDS - 1)
    assert step(free, clock, 1)
    assert taken == [("a", 0)]
    assert not step(free, clock, 0, worked=True)  # there is work: rest is counted anew
    assert not step(free, clock, idle_tasks.IDLE_SECONDS - 1)
    while step(free, clock, idle_tasks.IDLE_SECONDS):
        pass
    assert taken == [("a", 0), ("a", 1), ("b", 0)]


def test_now_and_then_where_there_is_always_work(clock):
    taken, free = [], IdleTasks()
    free.plan({"a": steps(taken, "a", 9)})
    for _ in range(45):
        step(free, clock, 1, worked=True)
    assert taken == [("a", 0), ("a", 1)]


def test_what_is_no_longer_wanted_is_left(clock):
    taken, free = [], IdleTasks()
    plan = {"a": steps(taken, "a", 9), "b": steps(taken, "b", 2)}
    free.plan(plan)
    assert step(free, clock, 9)
    free.plan({"b": plan["b"]})
    assert step(free, clock, 9)
    free.plan(plan)  # "a" begins anew, "b" goes on
    for _ in range(11):
        step(free, clock, 9)
    assert taken == [("a", 0), ("b", 0), *(("a", number) for number in range(9)), ("b", 1)]


def test_a_store_that_is_away_is_tried_again_and_what_is_broken_is_not(clock, caplog):
    taken = []

    def away():
        taken.append("away")
        raise OSError("the bucket is closed")
        yield

    def broken():
        taken.append("broken")
        raise ZeroDivisionError
        yield

    free = IdleTasks()
    free.plan({"broken": broken, "away": away})
    assert step(free, clock, 9)
    assert step(free, clock, 9)
    assert not step(free, clock, idle_tasks.AGAIN_SECONDS - 1)
    assert step(free, clock, 1)
    assert taken == ["broken", "away", "away"]
    levels = [record.levelno for record in caplog.records if record.levelno > logging.INFO]
    assert levels == [logging.ERROR, logging.WARNING, logging.WARNING]
