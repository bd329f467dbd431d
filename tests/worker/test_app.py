"""A worker that Celery calls: on a real Redis, in a separate process, as it is deployed."""

import os
import subprocess
import sys
import time

import pytest
from celery.exceptions import ImproperlyConfigured

from inverset.config.settings import Settings
from inverset.jobs import store
from inverset.jobs.lifecycle import ENDED
from inverset.jobs.queue import UPKEEP, make_celery, ring
from inverset.worker.app import listen
from inverset.worker.control import WorkerControl
from tests.end_to_end.process import Process
from tests.worker.conftest import wait_for

END = 10  # seconds
SLOW = """
import sys, time
from inverset.jobs.queue import UPKEEP, make_celery
from inverset.config.settings import Settings
from inverset.worker.app import listen
from inverset.worker.control import WorkerControl

app = make_celery(Settings(redis_url=sys.argv[1]), "slow")

@app.task(name="slow")
def slow():
    time.sleep(30)

listen(app, "slow", WorkerControl())
"""


@pytest.fixture
def worker(settings, mortal_redis, services, tmp_path):
    """``python -m inverset.worker`` that would look by itself once in ten minutes."""
    answer = {
        "DATA_DIR": settings.data_dir,
        "WORKER": "w",
        "DEVICE": "cpu",
        "IDLE_SECONDS": 600,
        "REDIS_URL": mortal_redis.url,
    }
    environment = os.environ | {f"INVERSET_{name}": str(value) for name, value in answer.items()}
    log = tmp_path / "worker.log"
    made = Process(
        "worker", [sys.executable, "-m", "inverset.worker"], environment | {"OMP_NUM_THREADS": "1"}, log
    )
    made.ready = lambda: "is ready on" in made.said()
    yield made
    made.kill()


def test_a_bell_wakes_an_idle_worker(worker, mortal_redis, act, post):
    worker.start()
    wait_for(lambda: "Connected to redis" in worker.said())
    time.sleep(1)  # the first look is over
    job_id, app = post(n=2), make_celery(Settings(redis_url=mortal_redis.url))

    def ended():
        ring(app)  # as often as it may be, for no one bell is sure to be heard
        time.sleep(0.5)
        return act(store.job, job_id).state in ENDED

    wait_for(ended)
    assert worker.terminate(END) == 0


def test_a_worker_works_and_ends_without_redis(worker, mortal_redis, act, post):
    mortal_redis.kill()
    job_id = post(n=2)
    worker.start()
    wait_for(lambda: act(store.job, job_id).state in ENDED)  # found by its first look
    began = time.monotonic()
    assert worker.terminate(2 * END) == 0
    assert time.monotonic() - began < END


def test_a_busy_worker_fetches_nothing(mortal_redis):
    """What it took, no other worker could; Celery's own default, and a multiplier of one, take a message too many."""
    app = make_celery(Settings(redis_url=mortal_redis.url))
    with (
        subprocess.Popen([sys.executable, "-c", SLOW, mortal_redis.url]) as process,
        app.connection_for_read() as connection,
    ):
        try:
            length = lambda: connection.default_channel.client.llen(UPKEEP.name)  # noqa: E731
            app.send_task("slow", queue=UPKEEP)
            wait_for(lambda: length() == 0)
            for _ in range(3):
                app.send_task("slow", queue=UPKEEP)
            time.sleep(2)
            assert length() == 3
        finally:
            process.kill()


@pytest.mark.filterwarnings("ignore::celery.exceptions.SecurityWarning")  # tests may run as root
def test_a_pool_that_forks_is_refused(mortal_redis):
    app = make_celery(Settings(redis_url=mortal_redis.url), "w")
    app.conf.worker_pool = "prefork"
    with pytest.raises(ImproperlyConfigured, match="worker_pool must be threads"):
        listen(app, "w", WorkerControl())
