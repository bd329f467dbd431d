"""What a worker publishes of its models."""

from inverset.contract import resolution
from inverset.contract.spec import JobSpec
from inverset.jobs import store
from inverset.sampler.batch_size import Rung
from inverset.worker import catalogue as offers
from inverset.worker import idle_tasks
from inverset.worker.models import Models
from tests.worker.conftest import start, wait_for

VOLCANO = [{"neuron": "fc8:volcano", "range": [1, 3]}]


def at_once(act, **asked):
    spec = JobSpec.model_validate({"model": "scenes", "neurons": VOLCANO, **asked})
    return resolution.resolve(act(store.offered, "scenes", spec.names), spec).k


def test_what_the_device_runs_best_is_measured_step_by_step_and_then_known(services, act):
    models = Models("cpu")
    bundle = models.load("scenes")
    steps = 0
    for _ in offers.measure(services.sessions, models, bundle, 4):
        assert "batch" not in act(store.model, "scenes").catalogue
        steps += 1
    assert steps == 3
    batch = act(store.model, "scenes").catalogue["batch"]
    assert (batch["device"], batch["codes"] in (1, 2, 4)) == ("cpu", True)
    assert at_once(act, n=500, k="auto") == batch["codes"]
    assert at_once(act, n=500) == 50


def test_it_is_still_known_when_models_are_published_again(services, act):
    models = Models("cpu")
    models.batches[models.load("scenes").sha256] = Rung(64, 700.0)
    offers.publish(services.sessions, models)
    assert act(store.model, "scenes").catalogue["batch"] == {
        "codes": 64,
        "evaluations": 700.0,
        "device": "cpu",
    }
    assert at_once(act, n=500, k="auto") == 64


def test_a_model_too_large_for_one_code_is_offered_without(services, act):
    models = Models("cpu")
    assert list(offers.measure(services.sessions, models, models.load("scenes"), 0)) == []
    assert "batch" not in act(store.model, "scenes").catalogue


def test_a_worker_with_nothing_to_do_measures_it(hire, act, models, monkeypatch):
    monkeypatch.setattr(idle_tasks, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(models, "batches", {})
    end = start(hire(max_k=2))
    try:
        wait_for(lambda: "batch" in act(store.model, "scenes").catalogue)
    finally:
        end()
    assert act(store.model, "scenes").catalogue["batch"]["codes"] in (1, 2)
