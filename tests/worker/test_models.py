"""Models of one's own while a worker runs: added, altered, removed, wrong; and what becomes of jobs on them."""

import shutil
import time

import pytest

from inverset.contract import resolution
from inverset.contract.errors import NotFound
from inverset.contract.spec import JobSpec
from inverset.jobs import store
from inverset.jobs.posting import Origin
from inverset.sampler.zoo import own
from inverset.sampler.zoo.own import calibration, isolation
from inverset.worker import approvals
from inverset.worker import catalogue as offers
from inverset.worker import runner as runners
from inverset.worker.models import Models
from tests.sampler.zoo.own.lab import NETWORK, TABLE, furnish
from tests.worker.conftest import finish, start, wait_for

ODD = "factory:tests.sampler.zoo.own.odd_networks"
ENTRY = TABLE.replace("[toy]", "[mine]")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A lab whose model was measured, so that the tests need not."""
    folder = furnish(tmp_path_factory.mktemp("lab"), 40, ENTRY)
    isolation.approve(own.entry(folder, "mine"), folder)
    Models("cpu", folder).load("mine")
    return folder


@pytest.fixture
def lab(settings, measured):
    """The worker's data folder with a lab's things in it, but for the entry."""
    shutil.copytree(measured, settings.data_dir, dirs_exist_ok=True)
    (settings.data_dir / "models.toml").unlink()
    return settings.data_dir


@pytest.fixture
def employ(services, models):
    """A worker with models of its own besides `scenes`; keywords are settings that differ."""
    employed = []

    def employ(name="w", **changes):
        runner = runners.Runner(
            services.sessions, services.blobs, services.settings.model_copy(update=changes), name
        )
        runner.models._loaded["scenes"] = models.load("scenes")  # it is the same
        employed.append(runner)
        return runner

    yield employ
    for each in employed:
        each.models.close()


def ask(act, settings, **changes):
    low_high = {"neuron": "fc2:c", "range": {"quantiles": [0.5, 0.97]}}
    spec = JobSpec.model_validate({"model": "mine", "neurons": [low_high], "n": 6, "k": 4} | changes)
    resolved = resolution.resolve(act(store.offered, "mine", spec.names), spec)
    return act(store.post_job, spec, resolved, Origin("local"), settings).id


def offered(act):
    return list(act(store.model_names))


def settle(runner):
    """Have all models tried that are new or have changed."""
    runner._offer(_never())
    while runner.models.pending:
        if runner.models.changed():
            runner._offer(_never())
        time.sleep(0.02)


def test_a_model_is_there_as_soon_as_it_is_written_down_and_a_job_on_it_succeeds(lab, employ, act, services):
    end = start(employ())
    try:
        wait_for(lambda: offered(act) == ["scenes"])
        (lab / "models.toml").write_text(ENTRY)
        wait_for(lambda: offered(act) == ["mine", "scenes"], 5)
        job_id = ask(act, services.settings)
        wait_for(lambda: act(store.job, job_id).state == "succeeded")
        assert act(store.evidence, job_id)["samples"]["in_band_rate"] == 1.0
        (lab / "models.toml").write_text("")
        wait_for(lambda: offered(act) == ["scenes"], 5)
        with pytest.raises(NotFound, match="did you mean scenes"):
            act(store.model, "mine")
    finally:
        end()


def test_one_wrong_model_hides_no_other(lab, employ, act, caplog):
    (lab / "models.toml").write_text(
        f"[bad]\nnetwrk = 1\n[missing]\nnetwork = '{NETWORK}x'\nencoder = 'fc1'\n" + ENTRY
    )
    runner = employ()
    settle(runner)
    assert offered(act) == ["mine", "scenes"]
    messages = [record.message for record in caplog.records if "is not offered" in record.message]
    assert any("bad" in line and "did you mean network" in line for line in messages)
    assert any("missing" in line and "did you mean make" in line for line in messages)


def test_a_half_written_file_changes_nothing(lab, employ, act):
    (lab / "models.toml").write_text(ENTRY)
    runner = employ()
    runner._offer(_never())
    (lab / "models.toml").write_text(ENTRY + "\n[other\n")
    assert runner.models.changed()
    runner._offer(_never())
    assert offered(act) == ["mine", "scenes"]


def test_a_job_under_way_on_a_removed_model_ends_with_its_samples(lab, employ, act, services):
    (lab / "models.toml").write_text(ENTRY)
    runner = employ(slice_seconds=0.01)
    runner._offer(_never())
    job_id = ask(act, services.settings)
    (lab / "models.toml").write_text("")
    finish(runner)
    assert "mine" not in offered(act)
    job = act(store.job, job_id)
    assert (job.state, job.accepted) == ("succeeded", 6)
    runner._settle()
    assert runner.models.claimable == ["scenes"]  # and is forgotten then


def test_a_job_under_way_outlives_what_was_measured(lab, employ, act, services):
    """``inverset models remove`` and ``calibrate`` take away what the worker reads from."""
    (lab / "models.toml").write_text(ENTRY)
    runner = employ()
    runner._offer(_never())
    job_id = ask(act, services.settings)
    (lab / "models.toml").write_text("")
    shutil.rmtree(lab / "models")
    finish(runner)
    job = act(store.job, job_id)
    assert (job.state, job.accepted) == ("succeeded", 6), job.error
    assert act(store.evidence, job_id)["samples"]["in_band_rate"] == 1.0


def test_a_job_under_way_whose_images_are_gone_fails_with_that_reason(lab, employ, act, services):
    (lab / "models.toml").write_text(ENTRY)
    runner = employ()
    runner._offer(_never())
    job_id = ask(act, services.settings, method="reference", k=None)
    shutil.rmtree(lab / "photos")
    finish(runner)
    job = act(store.job, job_id)
    assert job.state == "failed"
    assert "cannot be read any more" in job.error


def test_a_job_on_a_model_that_was_removed_before_fails_with_that_reason(
    lab, employ, act, services, monkeypatch
):
    (lab / "models.toml").write_text(ENTRY)
    employ("first")._offer(_never())
    job_id = ask(act, services.settings)
    (lab / "models.toml").write_text("")
    runner = employ("second")
    runner._offer(_never())
    finish(runner)
    assert act(store.job, job_id).state == "queued"  # another worker may come that has it
    monkeypatch.setattr(offers, "GRACE_SECONDS", 0.0)
    runner._settle()
    finish(runner)
    job = act(store.job, job_id)
    assert (job.state, job.error) == (
        "failed",
        "the model mine was removed: it is no longer in models.toml",
    )


def test_a_job_on_a_model_that_became_wrong_fails_with_that_reason(lab, employ, act, services, monkeypatch):
    monkeypatch.setattr(offers, "GRACE_SECONDS", 0.0)
    (lab / "models.toml").write_text(ENTRY)
    employ("first")._offer(_never())
    job_id = ask(act, services.settings)
    shutil.rmtree(lab / "photos")
    runner = employ("second")
    runner._offer(_never())
    finish(runner)
    job = act(store.job, job_id)
    assert job.state == "failed"
    assert "cannot be loaded any more" in job.error
    assert "there is no folder" in job.error


def test_what_another_worker_offers_is_not_withdrawn(lab, employ, act, services):
    (lab / "models.toml").write_text(ENTRY)
    other = employ("other")
    end = start(other)
    try:
        wait_for(lambda: "mine" in offered(act))
        wait_for(lambda: "mine" in act(lambda s: store.workers(s, 60))[0].speeds)
        runner = employ("without")
        runner.models = Models("cpu")
        runner.models.load("scenes")
        runner._offer(_never())
        assert "mine" in offered(act)
    finally:
        end()


def test_jobs_on_former_weights_end_on_them(lab, employ, act, services):
    (lab / "models.toml").write_text(ENTRY)
    runner = employ(slice_seconds=0.01)
    runner._offer(_never())
    job_id, before = ask(act, services.settings), act(store.model, "mine").sha256
    (lab / "models.toml").write_text(ENTRY.replace("std = [0.25, 0.25, 0.25]", "std = [0.3, 0.3, 0.3]"))
    finish(runner)
    settle(runner)
    assert act(store.model, "mine").sha256 != before
    assert act(store.job, job_id).state == "succeeded"


def test_a_measurement_is_taken_up(lab, employ, act, services):
    (lab / "models.toml").write_text(ENTRY)
    runner = employ()
    runner._offer(_never())
    finish(runner)  # it has noted down which files it looked at
    assert not runner.models.changed()
    made = calibration.Calibration.of(runner_assembly(lab), lab, 20)
    made.make()
    assert runner.models.changed()


def test_a_worker_that_is_told_to_end_leaves_a_measurement(lab, employ, act, monkeypatch):
    for measured in (lab / "models").glob("*/about.json"):
        shutil.rmtree(measured.parent)
    monkeypatch.setattr(calibration, "_BATCH", 1)
    (lab / "models.toml").write_text(ENTRY)
    stop = _never()
    stop.set()
    with pytest.raises(runners.Interrupted):
        employ()._offer(stop)
    assert "mine" not in offered(act)


def runner_assembly(folder):
    from inverset.sampler.zoo import own
    from inverset.sampler.zoo.own.assembly import Assembly

    return Assembly.of(own.entry(folder, "mine"), folder)


def _never():
    from threading import Event

    return Event()


def test_looking_costs_next_to_nothing(lab, employ):
    (lab / "models.toml").write_text(ENTRY)
    models = Models("cpu", lab)
    began = time.process_time()
    for _ in range(1000):
        models.changed()
    assert time.process_time() - began < 1


def test_a_model_that_crashes_ends_no_worker_and_is_named(lab, employ, act, services):
    (lab / "models.toml").write_text(ENTRY + f"[bad]\nnetwork = '{ODD}:crashing'\nencoder = 'conv1'\n")
    runner = employ()
    end = start(runner)
    try:
        wait_for(lambda: offered(act) == ["mine", "scenes"])  # they do not wait for it
        wait_for(lambda: "bad" in act(store.broken_models, 60))
        why = act(store.broken_models, 60)["bad"]
        assert "ended a process that was made to try it (SIGSEGV)" in why
        assert str(lab) not in why
        job_id = ask(act, services.settings)
        wait_for(lambda: act(store.job, job_id).state == "succeeded")
    finally:
        end()
    assert act(store.broken_models, 60) == {}  # it has left


def test_a_file_that_cannot_be_read_is_named(lab, employ, act):
    (lab / "models.toml").write_text("[other\n")
    runner = employ()
    runner._offer(_never())
    assert "cannot be read" in runner.models.broken["models.toml"]
    (lab / "models.toml").write_text(ENTRY)
    runner._offer(_never())
    assert runner.models.broken == {}


def test_names_that_no_database_takes_hide_no_other_model(lab, employ, act):
    (lab / "models.toml").write_text(ENTRY.replace('"a",', '"a\\u0000",'))
    runner = employ()
    settle(runner)
    assert offered(act) == ["scenes"]
    assert "a NUL character" in runner.models.broken["mine"]


def test_damaged_measurements_hide_no_other_model(lab, employ, act):
    (lab / "models.toml").write_text(ENTRY)
    (about,) = (lab / "models").glob("*/about.json")
    about.write_text("{")
    runner = employ()
    settle(runner)
    assert offered(act) == ["scenes"]
    assert "mine cannot be looked at: JSONDecodeError" in runner.models.broken["mine"]


def test_images_that_vanish_end_no_worker(lab, employ, act):
    (lab / "models.toml").write_text(ENTRY)
    runner = employ()
    settle(runner)
    shutil.rmtree(lab / "models")
    runner.models.warm()
    assert set(runner.models.broken) <= {"mine"}


def test_a_model_is_not_withdrawn_nor_its_jobs_failed_while_it_is_tried(
    lab, employ, act, services, monkeypatch
):
    monkeypatch.setattr(offers, "GRACE_SECONDS", 0.0)
    (lab / "models.toml").write_text(ENTRY)
    employ("first")._offer(_never())
    job_id = ask(act, services.settings)
    (lab / "models" / "checks" / "mine.json").unlink()
    runner = employ("second")
    runner._offer(_never())
    assert runner.models.pending == {"mine"}
    assert offered(act) == ["mine", "scenes"]
    finish(runner)
    assert act(store.job, job_id).state == "queued"
    settle(runner)
    finish(runner)
    assert act(store.job, job_id).state == "succeeded"


def test_the_limits_of_a_child_process_are_settings(settings):
    changed = settings.model_copy(update={"model_check_seconds": 7, "model_check_bytes": 2**30})
    assert approvals.limits(changed) == isolation.Limits(cpu_seconds=7, seconds=14, memory=2**30)
    assert approvals.limits(settings).memory is None
