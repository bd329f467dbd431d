"""A worker process that is killed again and again."""

import random
import time

import pytest

from inverset.jobs import samples, store
from inverset.jobs.lifecycle import ENDED
from inverset.jobs.tables import Part
from inverset.worker import process
from tests import forks
from tests.worker.conftest import content, finish, start, wait_for

KILLS = 20
N = 300


@pytest.fixture
def worker(settings, monkeypatch):
    """Starts a process that does what ``python -m inverset.worker`` does, on the database of this test."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    mortal = settings.model_copy(
        update={"worker": "mortal", "save_seconds": 0.05, "max_losses": 100}  # no death is the part's doing
    )
    started = []

    def worker():
        started.append(forks.context.Process(target=process.run, args=(mortal,)))
        started[-1].start()
        return started[-1]

    yield worker
    for each in started:
        each.kill()
        each.join()


@pytest.mark.slow
def test_twenty_kills_change_nothing(services, hire, act, post, worker):
    whole = post(n=N)
    finish(hire())
    job_id, moments, kills = post(n=N), random.Random(0), 0
    while kills < KILLS:
        mortal, attempts = worker(), _attempts(act, job_id)
        while _attempts(act, job_id) == attempts:
            assert mortal.is_alive()
            time.sleep(0.01)
        if kills % 2:  # else a busy machine may never come as far as a save
            kept = _kept(act, job_id)
            wait_for(lambda kept=kept: _kept(act, job_id) != kept)
        time.sleep(moments.uniform(0.1, 0.6))
        assert act(store.job, job_id).state not in ENDED, "too quick a job to be killed so often"
        mortal.kill()
        mortal.join()
        kills += 1
    assert 0 < act(samples.count, job_id) < N
    end = start(hire("mortal"))  # of the same name: it takes back what the dead one held
    wait_for(lambda: act(store.job, job_id).state in ENDED, 400)
    end()
    assert act(store.job, job_id).state == "succeeded"
    assert act(samples.count, job_id) == N
    assert content(services, job_id) == content(services, whole)


def _attempts(act, job_id):
    return act(lambda session: session.get(Part, (job_id, 0)).attempt)


def _kept(act, job_id):
    return act(lambda session: session.get(Part, (job_id, 0)).checkpoint)
