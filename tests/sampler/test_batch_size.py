"""How many codes at once are best, on devices whose time and memory are known."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from inverset.sampler import batch_size
from tests.sampler import toys


class Device(nn.Module):
    """A generator that takes as long for one code as for ``full``, on a clock of its own; and has room for ``room`` codes."""

    def __init__(self, monkeypatch, full, room=10**6):
        super().__init__()
        self.painter, self.full, self.room, self.now = toys.Painter(), full, room, 0.0
        monkeypatch.setattr(batch_size.time, "perf_counter", lambda: self.now)

    def forward(self, codes):
        if len(codes) > self.room:
            raise torch.OutOfMemoryError("no room")
        self.now += max(len(codes), self.full) / 1000
        return self.painter(codes)


@pytest.fixture
def measured(monkeypatch):
    """The ramp on a device."""

    def measured(full, most=batch_size.MOST, room=10**6):
        model = replace(toys.bundle(toys.Sphere()), generator=Device(monkeypatch, full, room))
        return list(batch_size.ramp(model, most))

    return measured


def test_the_smallest_batch_that_fills_the_device_is_best(measured):
    rungs = measured(full=16)
    assert [rung.codes for rung in rungs] == [1, 2, 4, 8, 16, 32, 64]
    assert rungs[0].evaluations == pytest.approx(1000 / 16)
    assert batch_size.best(rungs) == (16, pytest.approx(1000))


def test_a_device_that_one_code_fills_is_asked_for_one(measured):
    rungs = measured(full=1)
    assert [rung.codes for rung in rungs] == [1, 2, 4]
    assert batch_size.best(rungs).codes == 1


def test_it_ends_at_the_most_that_is_allowed(measured):
    assert [rung.codes for rung in measured(full=400, most=100)] == [1, 2, 4, 8, 16, 32, 64]
    assert measured(full=400, most=0) == []


def test_it_ends_where_an_evaluation_is_long(measured):
    assert [rung.codes for rung in measured(full=600)] == [1]


def test_a_batch_without_room_is_not_among_them(measured):
    assert [rung.codes for rung in measured(full=400, room=11)] == [1, 2, 4, 8]
    assert measured(full=400, room=0) == []


def test_it_ends_before_memory_does(measured, monkeypatch):
    def last(free):
        monkeypatch.setattr(
            batch_size.os, "sysconf", {"SC_AVPHYS_PAGES": free, "SC_PAGE_SIZE": 1024}.__getitem__
        )
        return measured(full=400)[-1].codes

    assert last(10**9) == batch_size.MOST
    some = last(200)
    assert 1 < some < batch_size.MOST
    assert (last(400), last(800), last(0)) == (2 * some, 4 * some, 1)


def test_this_machine_is_measured_too():
    rungs = list(batch_size.ramp(toys.bundle(toys.Sphere()), 8))
    assert [rung.codes for rung in rungs][:3] == [1, 2, 4]
    assert all(rung.evaluations > 0 for rung in rungs)
