"""What the workers compute, and which jobs somebody may be shown."""

from datetime import timedelta

import pytest

from inverset.config.settings import Settings
from inverset.jobs import accounts, claims, clock, database, load
from inverset.jobs.access import Caller

SETTINGS = Settings(lease_seconds=20)


@pytest.fixture
def claimed(sessions, post):
    """Two jobs, and the worker that holds a part of the first."""
    mine, other = post(), post()
    with database.writing(sessions) as session:
        assert claims.claim(session, claims.Bidder("one"), SETTINGS).job_id == mine
    return mine, other


def test_who_holds_what(sessions, claimed):
    with sessions.begin() as session:
        at = clock.now(session)
        assert load.held(session, at) == {"one": claimed[0]}
        assert load.held(session, at + timedelta(seconds=21)) == {}


def test_only_what_one_may_see(sessions, claimed):
    with database.writing(sessions) as session:
        accounts.add_user(session, "ann")
    with sessions.begin() as session:
        assert set(load.jobs(session, claimed, Caller("local"))) == set(claimed)
        assert load.jobs(session, claimed, Caller("ann")) == {}
        assert set(load.jobs(session, claimed[:1], Caller("ann", "admin"))) == {claimed[0]}
