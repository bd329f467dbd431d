"""A device that hangs: a step of the sampler that never ends."""

import threading
import time

import pytest
from sqlalchemy import select

from inverset.config.settings import Settings
from inverset.jobs import samples, store
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Part
from inverset.sampler import driver
from inverset.worker import device, process
from inverset.worker.watchdog import Watchdog, longest_step
from tests import forks
from tests.worker.conftest import content, finish, wait_for

N, SLICE = 24, 4.0


def test_on_a_gpu_a_step_may_take_a_slice_and_a_half():
    settings = Settings(slice_seconds=20)
    assert (longest_step(settings, "cuda:0"), longest_step(settings, "cpu")) == (30, None)
    assert longest_step(settings.model_copy(update={"step_seconds": 5}), "cpu") == 5


def test_only_a_step_that_does_not_end_is_found():
    found = threading.Event()

    def steps():
        for _ in range(4):
            time.sleep(0.1)
            yield
        found.wait(10)
        yield

    with Watchdog(0.4, found.set) as watchdog:
        for number, _ in enumerate(watchdog.watched(steps())):
            if number == 3:
                time.sleep(0.8)  # as long as this is between two steps
                assert not found.is_set()
    assert found.is_set()


def test_the_first_step_may_take_longer():
    found = threading.Event()

    def steps():
        time.sleep(1)  # a surrogate is trained
        yield

    with Watchdog(0.4, found.set) as watchdog:
        assert len(list(watchdog.watched(steps()))) == 1
    assert not found.is_set()


def hanging(settings, steps):
    """A worker process whose device hangs after so many steps."""
    answer = driver.answer

    def hangs(*arguments):
        for number, step in enumerate(answer(*arguments)):
            if number == steps:
                threading.Event().wait()
            time.sleep(0.1)  # longer than between two saves
            yield step

    driver.answer = hangs
    process.run(settings)


@pytest.fixture
def hung(settings, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    ours = settings.model_copy(
        update={"worker": "hung", "save_seconds": 0.05, "slice_seconds": SLICE, "step_seconds": 1.5 * SLICE}
    )
    worker = forks.context.Process(target=hanging, args=(ours, 6))
    worker.start()
    yield worker
    worker.kill()
    worker.join()


def test_a_hung_device_ends_its_worker_and_the_part_goes_on_elsewhere(services, hire, act, post, request):
    whole = post(n=N)
    finish(hire())
    job = post(n=N)
    worker = request.getfixturevalue("hung")
    wait_for(lambda: act(store.job, job).state == Status.RUNNING, 60)
    worker.join(60)
    assert worker.exitcode == device.LOST
    part = act(lambda session: session.scalars(select(Part).where(Part.job_id == job)).one())
    assert (part.state, part.failures) == (Status.RUNNING, 0)  # anybody's, from this moment on
    assert 0 < act(samples.count, job) < N
    finish(hire("another"))
    part = act(lambda session: session.scalars(select(Part).where(Part.job_id == job)).one())
    assert (act(store.job, job).state, part.attempt, part.failures) == (Status.SUCCEEDED, 2, 0)
    assert content(services, job) == content(services, whole)
