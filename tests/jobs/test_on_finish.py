"""What a job's end brings about, however it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from inverset.config.settings import Settings
from inverset.jobs import claims, database, leases, store
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Webhook

URL = "https://example.org/told"


def succeeded(session, claim):
    leases.finish_part(session, claim, {"reason": "reached n"})
    leases.finish_job(session, claim, None)


def failed(session, claim):
    leases.fail(session, claim, "it broke", final=True)


def canceled(session, claim):
    store.cancel(session, claim.job_id)
    leases.confirm_cancel(session, claim)


@pytest.fixture
def run(sessions):
    """Claim the next part and end its job."""

    def run(how):
        with database.writing(sessions) as session:
            claim = claims.claim(session, claims.Bidder("w"), Settings())
            how(session, claim)
            return claim.job_id

    return run


def messages(sessions):
    with sessions.begin() as session:
        return session.scalars(select(Webhook).order_by(Webhook.id)).all()


@pytest.mark.parametrize("how", [succeeded, failed, canceled])
def test_every_end_is_told_and_dated(sessions, post, run, how):
    job_id = post(webhook=URL, retention_days=3)
    assert messages(sessions) == []
    run(how)
    with sessions.begin() as session:
        job = store.job(session, job_id)
    (message,) = messages(sessions)
    assert job.state == how.__name__
    assert job.expires_at == job.finished_at + timedelta(days=3)
    assert (message.job_id, message.url, message.event) == (job_id, URL, f"job.{how.__name__}")
    assert message.due_at == message.created_at == job.finished_at
    assert message.payload["type"] == message.event
    assert message.payload["data"]["state"] == how.__name__
    assert message.payload["data"]["error"] == job.error


def test_canceled_while_it_waits(sessions, post):
    job_id = post(webhook=URL, retention_days=3)
    for _ in range(2):
        with database.writing(sessions) as session:
            job = store.cancel(session, job_id)
    assert job.expires_at is not None
    assert [message.event for message in messages(sessions)] == ["job.canceled"]


def test_nobody_asked(sessions, post, run):
    post()
    job_id = run(succeeded)
    with sessions.begin() as session:
        assert store.job(session, job_id).expires_at is None
    assert messages(sessions) == []


def test_queued_again_it_does_not_expire_until_its_next_end(sessions, post, run):
    job_id = post(webhook=URL, retention_days=3)
    run(failed)
    with database.writing(sessions) as session:
        assert store.retry(session, job_id, Settings()).expires_at is None
    run(succeeded)
    assert [message.event for message in messages(sessions)] == ["job.failed", "job.succeeded"]


def test_a_message_is_of_the_transaction_that_ends_the_job(sessions, post):
    job_id = post(webhook=URL)
    with database.writing(sessions) as session:
        store.cancel(session, job_id)
        session.rollback()
    assert messages(sessions) == []
    with sessions.begin() as session:
        assert store.job(session, job_id).state == Status.QUEUED


def test_stored_bytes_grow_with_what_is_saved(sessions, post):
    job_id = post()
    samples = [
        leases.SavedSample(index, f"images/{index}", "0", size, {"fc8:volcano": 1.5}, 1)
        for index, size in enumerate([100, 23])
    ]
    with database.writing(sessions) as session:
        claim = claims.claim(session, claims.Bidder("w"), Settings())
        leases.save(session, claim, leases.Progress(samples, "chunk", "state", {}, 1137))
        leases.save(session, claim, leases.Progress([], "", "state", {}))
    with sessions.begin() as session:
        assert store.job(session, job_id).stored_bytes == 1137
