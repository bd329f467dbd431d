"""A device that does not compute takes nobody's part, and blames nobody."""

from threading import Event

import pytest
import torch
from sqlalchemy import select

from inverset.jobs import store
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Part
from inverset.worker import device
from inverset.worker.device import DeviceLost
from tests.worker.conftest import finish

NOWHERE = "cuda:63"  # no machine has it


class Breaking:
    """Models on a device that is lost with the first part."""

    def __init__(self, models, error, *, lost):
        self._models, self._error, self._lost, self.device = models, error, lost, "cpu"

    def __getattr__(self, name):
        return getattr(self._models, name)

    def exactly(self, *_):
        self.device = NOWHERE if self._lost else "cpu"
        raise self._error


def part(act):
    return act(lambda session: session.scalars(select(Part)).one())


def test_a_sound_device_passes():
    device.check("cpu")


def test_a_missing_device_is_found_out():
    with pytest.raises(DeviceLost, match=NOWHERE):
        device.check(NOWHERE)


@pytest.mark.parametrize(
    ("error", "may_be"),
    [
        (torch.AcceleratorError("CUDA error: an illegal memory access was encountered"), True),
        (RuntimeError("CUDA error: unspecified launch failure"), True),
        (torch.OutOfMemoryError("CUDA out of memory"), False),
        (RuntimeError("shapes do not fit"), False),
        (ValueError("CUDA"), False),
    ],
)
def test_whose_fault_an_error_may_be(error, may_be):
    assert device.blames_device(error) is may_be


def test_without_a_device_no_part_is_claimed(hire, act, post):
    post()
    runner = hire()
    runner.models = Breaking(runner.models, None, lost=True)
    runner.models.device = NOWHERE
    with pytest.raises(DeviceLost):
        runner.work(Event())
    assert part(act).attempt == 0


def test_a_part_that_lost_its_device_is_taken_up_at_once(hire, act, post):
    job_id = post()
    runner = hire("broken")
    runner.models = Breaking(runner.models, RuntimeError("CUDA error: unknown error"), lost=True)
    with pytest.raises(DeviceLost):
        runner.work(Event())
    assert part(act).failures == 0
    finish(hire("sound"))  # no lease to wait for
    assert act(store.job, job_id).state == Status.SUCCEEDED


def test_an_error_on_a_sound_device_is_the_jobs(hire, act, post):
    post()
    runner = hire()
    runner.models = Breaking(runner.models, RuntimeError("CUDA error: said a job"), lost=False)
    assert runner.work(Event())
    assert (part(act).failures, part(act).state) == (1, Status.QUEUED)
