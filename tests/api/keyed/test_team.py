"""Users, keys, limits and switches over HTTP."""

from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import update

from inverset.api.server import listen, running, url
from inverset.jobs import clock, database, fairshare, store
from inverset.jobs.tables import Job
from tests.api.keyring import bearing
from tests.jobs.catalogue_of_scenes import body
from tests.jobs.test_accounts import BAD_NAMES


@pytest.fixture
def limits():
    return {"max_queued": 2, "max_stored_bytes": 100}


@pytest.fixture
def ask(client, prepared):
    """Send a request as somebody."""

    def ask(name, method, path, **how):
        return client.request(method, path, headers=bearing(prepared[1].get(name, name)), **how)

    return ask


def test_one_is_told_who_one_is(ask):
    me = ask("ann", "GET", "/v1/me").json()
    assert (me["name"], me["role"], me["weight"], me["gpu_seconds"]) == ("ann", "member", 1, 0)
    assert me["limits"]["queued"] == {"used": 0, "most": 2}
    assert me["limits"]["stored_bytes"] == {"used": 0, "most": 100}


def test_work_counts_towards_ones_usage(ask, deliver, sessions, settings):
    ask("ann", "POST", "/v1/jobs", json=body())
    deliver(1.5)
    with database.writing(sessions) as session:
        fairshare.charge(session, "ann", 7200, settings.half_life, clock.now(session))
    me = ask("ann", "GET", "/v1/me").json()
    assert me["limits"]["running"] == {"used": 1, "most": 64}
    assert 7200 <= me["gpu_seconds"] < 7260
    assert 7190 < me["usage"] < 7260
    assert ask("bob", "GET", "/v1/me").json()["usage"] == 0


def test_a_user_is_let_in_with_a_key_that_is_shown_once(ask):
    made = ask("root", "POST", "/v1/users", json={"name": "cat", "weight": 2})
    assert (made.status_code, made.json()["role"], made.json()["weight"]) == (201, "member", 2)
    assert ask("root", "POST", "/v1/users", json={"name": "cat"}).status_code == 409
    shown = ask("root", "POST", "/v1/users/cat/keys", json={"days": 1})
    assert (shown.status_code, shown.headers["cache-control"]) == (201, "no-store")
    key = shown.json()["key"]
    assert ask(key, "GET", "/v1/me").json()["name"] == "cat"
    (listed,) = ask(key, "GET", "/v1/users/cat/keys").json()["items"]
    assert listed["id"] == key[4:12]
    assert listed["last_used"]
    assert listed["expires"]
    assert key[13:] not in str(listed)
    assert ask("root", "PATCH", "/v1/users/cat", json={"role": "admin"}).json()["weight"] == 2
    assert ask(key, "GET", "/v1/users").status_code == 200
    assert ask(key, "DELETE", f"/v1/keys/{listed['id']}").status_code == 204
    assert "was revoked" in ask(key, "GET", "/v1/me").json()["detail"]


@pytest.mark.parametrize("path", ["/v1/users/nobody", "/v1/users/nobody/keys"])
def test_who_is_not_there(ask, path):
    method = "POST" if path.endswith("keys") else "PATCH"
    assert ask("root", method, path, json={}).status_code == 404


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_would_be_something_else(ask, name):
    answer = ask("root", "POST", "/v1/users", json={"name": name})
    assert answer.status_code == 422
    assert "x-admin" not in answer.headers
    within = ask("root", "PATCH", f"/v1/users/{quote(name, safe='')}", json={"weight": 2})
    assert within.status_code in {404, 405, 422}
    assert len(ask("root", "GET", "/v1/users").json()["items"]) == 4  # with the local one


@pytest.mark.parametrize(
    "change", [{"weight": 0}, {"weight": -1}, {"weight": "heavy"}, {"role": "king"}, {"name": "eve"}]
)
def test_changes_that_make_no_sense(ask, change):
    assert ask("root", "PATCH", "/v1/users/ann", json=change).status_code == 422


def test_limits_are_each_users_own(ask):
    for _ in range(2):
        assert ask("ann", "POST", "/v1/jobs", json=body()).status_code == 202
    refused = ask("ann", "POST", "/v1/jobs", json=body())
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
    assert ask("ann", "GET", "/v1/me").json()["limits"]["queued"] == {"used": 2, "most": 2}
    assert ask("bob", "POST", "/v1/jobs", json=body()).status_code == 202


def test_whoever_stores_too_much_gets_no_more(ask, sessions):
    job = ask("ann", "POST", "/v1/jobs", json=body()).json()
    with database.writing(sessions) as session:
        session.execute(update(Job).values(stored_bytes=100))
    refused = ask("ann", "POST", "/v1/jobs", json=body())
    assert (refused.status_code, refused.json()["title"]) == (429, "Storage full")
    assert ask("ann", "GET", "/v1/me").json()["limits"]["stored_bytes"] == {"used": 100, "most": 100}
    assert len(ask("ann", "GET", "/v1/jobs").json()["items"]) == 1
    assert ask("ann", "DELETE", job["links"]["self"]).status_code == 204
    assert ask("ann", "POST", "/v1/jobs", json=body()).status_code == 202


def test_a_drained_service_takes_no_new_jobs(ask):
    first = ask("ann", "POST", "/v1/jobs", json=body())
    (switch,) = ask("root", "POST", "/v1/admin/drain").json()["on"]
    assert (switch["name"], switch["by"]) == ("draining", "root")
    refused = ask("ann", "POST", "/v1/jobs", json=body())
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    assert "root has closed the service" in refused.json()["detail"]
    assert ask("ann", "GET", first.headers["location"]).json()["state"] == "queued"
    assert ask("none", "GET", "/readyz").json()["draining"]
    assert ask("bob", "GET", "/v1/queue").json()["draining"]
    assert ask("root", "POST", "/v1/admin/undrain").json() == {"on": []}
    assert ask("ann", "POST", "/v1/jobs", json=body()).status_code == 202


def test_a_paused_service_says_so(ask):
    ask("root", "POST", "/v1/admin/pause")
    assert ask("none", "GET", "/readyz").json()["paused"]
    assert ask("bob", "GET", "/v1/queue").json()["paused"]
    assert ask("ann", "POST", "/v1/jobs", json=body()).status_code == 202
    (switch,) = ask("root", "GET", "/v1/admin/switches").json()["on"]
    assert (switch["name"], switch["by"], switch["since"].endswith("Z")) == ("paused", "root", True)
    assert ask("root", "POST", "/v1/admin/resume").json() == {"on": []}


def test_keys_are_in_no_log(prepared, capfd, caplog):
    """Of a server that logs all it can, on a request that is refused for each reason and one that breaks."""
    settings, keys = prepared
    sessions = database.connect(settings.database)
    with database.writing(sessions) as session:
        store.publish_model(session, {"name": "broken", "sha256": ""})
    sessions.kw["bind"].dispose()
    with (
        listen(settings, "127.0.0.1", 0) as listening,
        running(settings, listening, log_level="trace"),
        httpx.Client(base_url=url(listening), limits=httpx.Limits(max_keepalive_connections=0)) as client,
    ):
        for key in keys.values():
            for path in ("/v1/me", "/v1/users", "/v1/models/broken"):
                client.get(path, headers=bearing(key))
        shown = client.post("/v1/users/ann/keys", json={}, headers=bearing(keys["root"])).json()["key"]
    output = "".join([*capfd.readouterr(), caplog.text])
    assert "/v1/models/broken" in output
    assert "Traceback" in output
    for key in (*keys.values(), shown):
        assert key[13:] not in output
