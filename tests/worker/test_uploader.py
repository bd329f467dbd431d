"""Saves are delivered in order beside the sampler, and only so many wait."""

import time
from threading import Event, Thread

import pytest

from inverset.worker import uploader
from inverset.worker.uploader import WAITING, Uploader
from tests.worker.conftest import wait_for


class Door:
    """Delivers when it is open."""

    def __init__(self):
        self.open, self.came, self.last = Event(), [], None

    def deliver(self, save):
        self.came.append(save)
        assert self.open.wait(20)
        return save != self.last


@pytest.fixture
def door():
    return Door()


@pytest.fixture
def hurry():
    return Event()


def test_the_sampler_goes_on_until_too_many_wait(door, hurry):
    with Uploader(door.deliver, hurry.is_set) as sent:
        for save in range(WAITING):
            assert sent.submit(save)  # returns while the first is still on its way
        handing = Thread(target=sent.submit, args=(WAITING,))
        handing.start()
        handing.join(0.3)
        assert handing.is_alive()
        assert door.came == [0]
        door.open.set()
        handing.join(20)
        assert sent.flush()
        assert door.came == list(range(WAITING + 1))


def test_nothing_follows_the_last(door, hurry):
    door.last = 1
    door.open.set()
    with Uploader(door.deliver, hurry.is_set) as sent:
        sent.submit(0)
        sent.submit(1)
        wait_for(lambda: not sent.submit(2))
        assert sent.flush()
    assert door.came == [0, 1]


def test_what_goes_wrong_is_told_to_the_sampler(hurry):
    def deliver(save):
        raise ConnectionError(save)

    with Uploader(deliver, hurry.is_set) as sent:
        with pytest.raises(ConnectionError, match="7"):
            wait_for(lambda: not sent.submit(7))
        with pytest.raises(ConnectionError, match="7"):
            sent.flush()


def test_a_sampler_that_fails_loses_nothing_it_made(door, hurry):
    door.open.set()

    def sample(sent):
        with sent:
            sent.submit(0)
            sent.submit(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        sample(Uploader(door.deliver, hurry.is_set))
    assert door.came == [0, 1]


def test_in_a_hurry_nobody_waits_long(door, hurry, monkeypatch):
    monkeypatch.setattr(uploader, "GRACE", 0.2)
    with Uploader(door.deliver, hurry.is_set) as sent:
        sent.submit(0)
        hurry.set()
        started = time.monotonic()
        for save in range(WAITING + 1):
            sent.submit(save)
        assert not sent.flush()
        assert time.monotonic() - started < 2
    door.open.set()


def test_in_a_hurry_what_is_quick_arrives(door, hurry):
    hurry.set()
    door.open.set()
    with Uploader(door.deliver, hurry.is_set) as sent:
        sent.submit(0)
        assert sent.flush()
    assert door.came == [0]
