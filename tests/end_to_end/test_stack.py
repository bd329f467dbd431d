"""From a new database to a verified gallery, through every process that docker-compose.yml describes."""

import json
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from inverset import Client
from inverset.jobs.tables import Part
from tests import services
from tests.end_to_end.stack import Stack
from tests.end_to_end.team import NEURON, wait_for
from tests.inverset.command import run
from tests.sampler.zoo.networks.strangers import exported
from tests.sampler.zoo.own.lab import photograph

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(services.SKIPPED, reason="INVERSET_TEST_SERVICES=skip"),
]
N, SEED = 80, 3
QUICK = 1.0  # seconds for a POST
END = 10.0  # seconds for a worker to save and end


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder, workers=2, save_seconds=0.2, lease_seconds=20) as made:
        yield made


@pytest.fixture(scope="module")
def client(stack):
    with Client(stack.url, stack.key("ada")) as made:
        yield made


def ask(client, n, **more):
    return client.submit({"model": "scenes", "neurons": [NEURON], "n": n, "k": 10} | more)["id"]


def holder(stack, job_id):
    """The worker that computes a job's first part."""
    query = select(Part.worker).where(Part.job_id == job_id, Part.lease_token.is_not(None))
    with stack.sessions.begin() as session:
        return session.scalar(query)


def pictures(gallery):
    manifest = json.loads((gallery / "manifest.json").read_text())
    return [(sample["sha256"], sample["activations"], sample["step"]) for sample in manifest["samples"]]


def test_whatever_ends_in_between_the_gallery_is_the_same(stack, client, tmp_path):
    job_id = ask(client, N, seed=SEED)
    wait_for(lambda: client.job(job_id)["progress"]["accepted"] > 0)

    stack["redis"].kill()
    began = time.monotonic()
    other = ask(client, 3)
    assert time.monotonic() - began < QUICK

    worker, began = stack[holder(stack, job_id)], time.monotonic()
    assert worker.terminate(2 * END) == 0
    assert time.monotonic() - began < END
    assert client.job(job_id)["progress"]["accepted"] < N, "too quick a job to be interrupted"
    stack["redis"].start()
    worker.start()

    assert client.wait(job_id)["state"] == "succeeded"
    assert client.wait(other)["state"] == "succeeded"
    gallery = client.download(job_id, tmp_path / "gallery")
    assert run("verify", gallery).code == 0
    command = ["scenes", "fc8:volcano", "q.90", "q.99", "-n", N, "-k", 10, "--seed", SEED]
    assert run("sample", *command, "--local", "--out", tmp_path / "local", OMP_NUM_THREADS="1").code == 0
    assert pictures(gallery) == pictures(tmp_path / "local")


def test_an_idle_worker_is_called(stack, client):
    """Longer waits between looks than the test takes: only a call can explain the start."""
    with restarted(stack.workers, INVERSET_IDLE_SECONDS="300"):
        time.sleep(1)
        began = time.monotonic()
        assert client.wait(ask(client, 2))["state"] == "succeeded"
        assert time.monotonic() - began < 60


@contextmanager
def restarted(workers, **environment):
    """Workers with other settings, and afterwards with their own again."""
    own = [worker.environment for worker in workers]
    restart(workers, [{**each, **environment} for each in own])
    try:
        yield
    finally:
        restart(workers, own)


def restart(workers, environments):
    for worker, environment in zip(workers, environments, strict=True):
        worker.terminate()
        worker.environment = environment
    for worker in workers:
        worker.start()


def test_health_checks_can_fail(stack):
    api, worker, beat = stack["api"], stack["worker-1"], stack["beat"]
    assert api.healthy()
    assert worker.healthy()
    wait_for(beat.healthy, 45)
    worker.kill()
    wait_for(lambda: not worker.healthy(), 30)
    stack["postgres"].terminate()
    try:
        assert not api.healthy()
    finally:
        stack["postgres"].start()
    wait_for(api.healthy)
    stack["redis"].kill()
    assert stack["beat"].alive
    worker.start()
    assert worker.healthy()  # Redis only calls
    stack["redis"].start()


def test_a_model_put_into_the_lab_is_offered_by_all_workers(stack, client, tmp_path):
    lab = stack.folder / "lab"
    photograph(lab / "photos", 40)
    (lab / "net.pt2").write_bytes(exported())
    (lab / "models.toml").write_text(
        '[ours]\nnetwork = "export:net.pt2"\nencoder = "act"\nimages = "photos"\n'
    )
    wait_for(lambda: "ours" in [model["name"] for model in client.models()])
    band = {"neuron": "head:2", "range": {"quantiles": [0.3, 0.9]}}
    job_id = client.submit({"model": "ours", "neurons": [band], "n": 8, "k": 4})["id"]
    ended = client.wait(job_id)
    assert ended["state"] == "succeeded", ended
    gallery = client.download(job_id, tmp_path / "ours")
    assert run("verify", gallery, INVERSET_DATA_DIR=str(lab)).code == 0
    (lab / "models.toml").write_text("")
    wait_for(lambda: "ours" not in [model["name"] for model in client.models()])
