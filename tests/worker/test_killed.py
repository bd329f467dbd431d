"""A worker process that is killed again and again."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from jobs import samples, store
from jobs.lifecycle import ENDED
from jobs.tables import Part
from tests.worker.conftest import content, finish, start, wait_for

KILLS = 20
N = 240


@pytest.fixture
def worker(settings):
    """Starts ``python -m worker`` on the database of this test."""
    started = []

    def worker():
        environment = os.environ | {
            "INVERSET_DATA_DIR": str(settings.data_dir),
            "INVERSET_WORKER": "mortal",
            "INVERSET_DEVICE": "cpu",
            "INVERSET_SAVE_SECONDS": "0.05",
            "INVERSET_IDLE_SECONDS": "0.05",
            "INVERSET_MAX_LOSSES": "100",  # these deaths are not the part's doing
            "OMP_NUM_THREADS": "1",
        }
        started.append(subprocess.Popen([sys.executable, "-m", "worker"], env=environment))
        return started[-1]

    yield worker
    for each in started:
        each.kill()
        each.wait()


@pytest.mark.slow
def test_twenty_kills_change_nothing(desk, hire, act, post, worker):
    whole = post(n=N)
    finish(hire())
    job_id, moments, kills = post(n=N), random.Random(0), 0
    while kills < KILLS:
        process, attempts = worker(), _attempts(act, job_id)
        while _attempts(act, job_id) == attempts:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(moments.uniform(0.1, 1.0))
        assert act(store.job, job_id).state not in ENDED, "too quick a job to be killed so often"
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert 0 < act(samples.count, job_id) < N
    end = start(hire("mortal"))  # of the same name: it takes back what the dead one held
    wait_for(lambda: act(store.job, job_id).state in ENDED, 400)
    end()
    assert act(store.job, job_id).state == "succeeded"
    assert act(samples.count, job_id) == N
    assert content(desk, job_id) == content(desk, whole)


def _attempts(act, job_id):
    return act(lambda session: session.get(Part, (job_id, 0)).attempt)
