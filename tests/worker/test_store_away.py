"""Jobs on a real S3 store that is slow, refuses, or does not come back."""

import time
from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import select, update

from inverset.config.settings import Settings
from inverset.jobs import clock, samples, store
from inverset.jobs.leases import MOST_FAILURES
from inverset.jobs.lifecycle import ENDED, Status
from inverset.jobs.tables import Part
from inverset.storage import StoreUnavailable, open_store
from inverset.worker import runner
from inverset.worker.retrying_store import RetryingStore
from tests.worker.conftest import content, finish, start, wait_for

N = 24


@pytest.fixture
def way(s3_proxy):
    return s3_proxy[1]


@pytest.fixture
def settings(tmp_path, s3_proxy) -> Settings:
    return Settings(
        data_dir=tmp_path, blob_url=s3_proxy[0], idle_seconds=0.05, save_seconds=0.1, device="cpu"
    )


@pytest.fixture
def undisturbed(services, hire, post):
    """What an undisturbed job of N samples delivers, from a folder."""
    job_id = post(n=N)
    finish(hire())
    return content(services, job_id)


@pytest.fixture
def running(hire, act, post):
    """A job of which some samples are there, and the function that stops its worker."""
    job_id = post(n=N)
    end = start(hire())
    wait_for(lambda: act(samples.count, job_id) > 0)
    yield job_id, end
    end()


def part_of(act, job_id):
    return act(lambda session: session.scalars(select(Part).where(Part.job_id == job_id)).one())


def rested(act):
    """As after a while."""
    act(lambda session: session.execute(update(Part).values(not_before=None)))


def ended(act, job_id):
    return act(store.job, job_id).state in ENDED


def test_a_slow_store_changes_nothing(services, hire, act, post, way, undisturbed):
    way.delay = 0.05
    job_id = post(n=N)
    finish(hire())
    assert act(store.job, job_id).state == Status.SUCCEEDED
    assert content(services, job_id) == undisturbed
    kept = {blob.name.split("/")[2] for blob in services.blobs.names(f"jobs/{job_id}")}
    pictures = (
        {"confounds.webp"} if act(store.job, job_id).confounds else set()
    )  # of an alarm, where there is one
    assert kept == {"packs", "chunks", "references.webp", "portraits.safetensors", "gallery"} | pictures


def test_a_store_that_refuses_for_a_while_changes_nothing(services, act, way, undisturbed, running):
    job_id, _ = running
    way.close()
    time.sleep(4)
    assert not ended(act, job_id)
    way.open()
    wait_for(lambda: ended(act, job_id), 60)
    assert act(store.job, job_id).state == Status.SUCCEEDED
    assert part_of(act, job_id).attempt == 1  # held all the time
    assert content(services, job_id) == undisturbed


def test_stopped_while_the_store_refuses(services, hire, act, way, undisturbed, running):
    job_id, end = running
    way.close()
    time.sleep(1)
    started = time.monotonic()
    end()
    assert time.monotonic() - started < 5
    part = part_of(act, job_id)
    assert (part.state, part.failures) == (Status.QUEUED, 0)
    way.open()
    finish(hire("another"))
    assert content(services, job_id) == undisturbed


def test_stopped_while_the_store_is_slow(services, hire, act, way, undisturbed, running):
    job_id, end = running
    way.delay = 10
    time.sleep(1)
    started = time.monotonic()
    end()
    assert time.monotonic() - started < 5
    assert part_of(act, job_id).state == Status.QUEUED
    way.close()
    way.delay = 0
    way.open()
    finish(hire("another"))
    assert content(services, job_id) == undisturbed


def test_canceled_while_the_store_refuses(act, way, running):
    job_id, _ = running
    way.close()
    act(store.cancel, job_id)
    wait_for(lambda: act(store.job, job_id).state == Status.CANCELED, 30)


def test_a_store_that_stays_away_fails_no_job(services, hire, act, post, way, undisturbed):
    job_id, worker = post(n=N), hire(store_seconds=0)
    way.close()
    worker.work(Event())
    rests = part_of(act, job_id).not_before - act(clock.now)
    assert timedelta(0) < rests <= timedelta(seconds=runner.AWAY_SECONDS)
    for _ in range(MOST_FAILURES + 1):
        rested(act)
        assert worker.work(Event())
    part = part_of(act, job_id)
    assert (part.state, part.failures, part.losses) == (Status.QUEUED, 0, 0)
    assert act(store.job, job_id).state == Status.QUEUED
    way.open()
    rested(act)
    finish(worker)
    assert content(services, job_id) == undisturbed


def test_a_store_that_refuses_for_good_fails_the_job_at_once(services, hire, act, post, s3_proxy, tmp_path):
    secret = tmp_path / "wrong"
    secret.write_text("wrong")
    stranger = open_store(s3_proxy[0].partition("&secret_key_file")[0] + f"&secret_key_file={secret}")
    job_id, began = post(n=N), time.monotonic()
    hire(blobs=stranger, store_seconds=600).work(Event())
    assert time.monotonic() - began < 120
    job = act(store.job, job_id)
    assert (job.state, part_of(act, job_id).failures) == (Status.FAILED, 1)
    assert "SignatureDoesNotMatch" in job.error
    assert "this will not resolve itself" in job.error


def test_patience_ends_with_the_time_with_a_hurry_and_with_a_full_disk(s3_proxy):
    url, way = s3_proxy
    hurry = Event()
    way.close()
    retrying = RetryingStore(open_store(url), 1, hurry.is_set)
    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        retrying.put("x", b"")
    assert time.monotonic() - started > 1
    long = RetryingStore(open_store(url), 600, hurry.is_set)
    Thread(target=lambda: (time.sleep(0.5), hurry.set())).start()
    with pytest.raises(StoreUnavailable):
        long.put("x", b"")
    hurry.clear()
    Thread(target=lambda: (time.sleep(0.5), way.open())).start()
    long.put("x", b"y")
    assert long.get("x") == b"y"
