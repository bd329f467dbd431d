"""Who asks again and again is looked up once a second, and let in no longer than that."""

import time

import pytest

from inverset.api import auth
from inverset.api.auth import AuthCache
from inverset.jobs import accounts, database, store
from inverset.jobs.access import LOCAL, Caller
from tests.api.keyring import bearing
from tests.jobs.catalogue_of_scenes import body

ANN = Caller("ann")


@pytest.fixture
def accounts_url(tables_url):
    return tables_url


@pytest.fixture
def ask(client, prepared):
    """Send a request as somebody; gives the status."""

    def ask(name, method, path, **how):
        return client.request(method, path, headers=bearing(prepared[1][name]), **how).status_code

    return ask


@pytest.fixture
def job(client, prepared):
    """The path of one of ann's, which the team may see."""
    answer = client.post("/v1/jobs", json=body(visibility="team"), headers=bearing(prepared[1]["ann"]))
    return answer.headers["location"]


def seconds_until(status, asked):
    began = time.monotonic()
    while asked() != status:
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    return time.monotonic() - began


def test_a_key_that_another_process_revokes_is_refused_within_a_second(ask, job, prepared, sessions):
    assert ask("bob", "GET", job) == 200
    with database.writing(sessions) as session:
        accounts.revoke(session, prepared[1]["bob"][4:12], LOCAL)
    assert seconds_until(401, lambda: ask("bob", "GET", job)) < auth.LATELY_SECONDS + 0.5


def test_a_job_that_another_process_hides_is_hidden_within_a_second(ask, job, sessions):
    assert ask("bob", "GET", job) == 200
    with database.writing(sessions) as session:
        store.change(session, job.rpartition("/")[2], {"visibility": "private"})
    assert seconds_until(404, lambda: ask("bob", "GET", job)) < auth.LATELY_SECONDS + 0.5
    assert ask("ann", "GET", job) == 200


def test_what_is_changed_here_is_known_at_once(ask, job, prepared):
    assert ask("bob", "GET", job) == 200
    assert ask("ann", "PATCH", job, json={"visibility": "private"}) == 200
    assert ask("bob", "GET", job) == 404
    assert ask("bob", "GET", "/v1/me") == 200
    assert ask("root", "DELETE", f"/v1/keys/{prepared[1]['bob'][4:12]}") == 204
    assert ask("bob", "GET", "/v1/me") == 401


def test_who_may_look_may_not_change_and_no_other_key_is_let_in(ask, job):
    assert ask("bob", "GET", job) == 200
    assert ask("bob", "DELETE", job) == 403
    assert ask("bad", "GET", job) == 401


def test_one_is_remembered_for_what_one_asked_and_for_a_while(monkeypatch):
    auth_cache = AuthCache()
    auth_cache.note(("key", "job"), ANN)
    assert auth_cache.find(("key", "job")) == ANN
    assert auth_cache.find(("key", "other")) is None
    auth_cache.forget()
    assert auth_cache.find(("key", "job")) is None
    monkeypatch.setattr(auth, "LATELY_SECONDS", 0.0)
    auth_cache.note(("key", "job"), ANN)
    assert auth_cache.find(("key", "job")) is None


def test_no_more_are_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(auth, "MOST", 2)
    auth_cache = AuthCache()
    for number in range(3):
        auth_cache.note(number, ANN)
    assert [auth_cache.find(number) for number in range(3)] == [None, None, ANN]
