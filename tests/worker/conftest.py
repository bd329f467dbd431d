"""A worker with a database, a folder and the real networks of `scenes`."""

import hashlib
import time
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from inverset import migrations
from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.contract.spec import JobSpec
from inverset.gallery import chunks, stored_images
from inverset.jobs import database, samples, store
from inverset.jobs.posting import Origin
from inverset.worker import catalogue as offers
from inverset.worker.control import WorkerControl
from inverset.worker.image_tries import ImageTries
from inverset.worker.models import Models
from inverset.worker.runner import Runner
from inverset.worker.services import Services

RANGE = {"quantiles": [0.9, 0.97]}


@pytest.fixture(scope="session")
def models():
    made = Models("cpu")
    made.load("scenes")
    return made


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path, idle_seconds=0.05, device="cpu")


@pytest.fixture
def services(settings, models) -> Iterator[Services]:
    migrations.upgrade(settings.database)
    made = Services.of(settings)
    offers.publish(made.sessions, models)
    yield made
    made.sessions.kw["bind"].dispose()


@pytest.fixture
def hire(services, models):
    """A worker; keywords are settings that differ."""

    def hire(name="w", blobs=None, **changes):
        settings = services.settings.model_copy(update=changes)
        runner = Runner(services.sessions, blobs or services.blobs, settings, name)
        runner.models, runner.image_tries = models, ImageTries(runner.services, models)
        return runner

    return hire


@pytest.fixture
def act(services):
    """Call a function of the store in a transaction of its own."""

    def act(function, *arguments, **options):
        with database.writing(services.sessions) as session:
            return function(session, *arguments, **options)

    return act


@pytest.fixture
def post(act, services):
    """Queue a job as the API does; gives its id."""

    def post(part_size=1000, **changes):
        body = {"model": "scenes", "neurons": [{"neuron": "fc8:volcano", "range": RANGE}], "n": 8, "k": 4}
        spec = JobSpec.model_validate(body | changes)
        resolved = resolution.resolve(act(store.offered, "scenes", spec.names), spec)
        changed = services.settings.model_copy(update={"part_size": part_size})
        return act(store.post_job, spec, resolved, Origin("local"), changed).id

    return post


def finish(runner):
    """Work until nothing is to be done."""
    while runner.work(Event()):
        pass


def start(runner):
    """Work in a thread; gives the function that stops it."""
    control = WorkerControl()
    thread = Thread(target=runner.run, args=(control,))
    thread.start()

    def end():
        control.end()
        thread.join(20)
        assert not thread.is_alive()

    return end


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def content(services, job_id):
    """All that was delivered: numbers, files' sums, activations, steps, and the codes' bytes."""
    with services.sessions.begin() as session:
        rows = list(samples.every(session, job_id))
        files = samples.chunks(session, job_id)
    for row in rows:
        assert hashlib.sha256(stored_images.read(services.blobs, row.image.png)).hexdigest() == row.sha256
    joined = chunks.joined(map(services.blobs.get, files))
    return (
        [(row.index, row.sha256, row.activations, row.step) for row in rows],
        {name: values.tobytes() for name, values in joined.items()},
    )
