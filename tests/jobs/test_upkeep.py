"""Parts of silent workers are freed as a claim would free them."""

from datetime import timedelta

import pytest

from inverset.config.settings import Settings
from inverset.contract.errors import LeaseLost
from inverset.jobs import claims, clock, database, leases, store, upkeep
from inverset.jobs.claims import Bidder
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Part

SETTINGS = Settings()


def take(sessions):
    with database.writing(sessions) as session:
        return claims.claim(session, Bidder("w"), SETTINGS)


def later(session):
    return clock.now(session) + timedelta(seconds=SETTINGS.lease_seconds + 1)


def test_a_silent_workers_part_is_queued_again(sessions, post):
    job_id, claim = post(), take(sessions)
    with database.writing(sessions) as session:
        assert upkeep.reap(session, SETTINGS, later(session)) == 1
        assert store.job(session, job_id).state == Status.QUEUED
        part = session.get(Part, (job_id, 0))
        assert (part.state, part.losses, part.lease_token) == (Status.QUEUED, 1, None)
        with pytest.raises(LeaseLost):
            leases.release(session, claim)


def test_a_live_workers_part_is_left(sessions, post):
    job_id, claim = post(), take(sessions)
    with database.writing(sessions) as session:
        assert upkeep.reap(session, SETTINGS) == 0
        leases.release(session, claim)
        assert store.job(session, job_id).state == Status.QUEUED


def test_what_nobody_confirms_is_canceled(sessions, post):
    job_id, _ = post(), take(sessions)
    with database.writing(sessions) as session:
        store.cancel(session, job_id)
        assert store.job(session, job_id).state == Status.RUNNING
        assert upkeep.reap(session, SETTINGS, later(session)) == 1
        assert store.job(session, job_id).state == Status.CANCELED


def test_one_at_a_time(sessions, post):
    if sessions.kw["bind"].dialect.name == "sqlite":
        pytest.skip("SQLite lets one write at a time anyway")
    post(), take(sessions)
    with database.writing(sessions) as first, database.writing(sessions) as second:
        assert upkeep.reap(first, SETTINGS, later(first)) == 1
        assert upkeep.reap(second, SETTINGS, later(second)) == 0
