"""Alive, ready, documented; and what happens when something breaks."""

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from inverset.config.settings import Settings
from inverset.jobs import database, leases, store
from tests.api.conftest import serving
from tests.api.keyring import bearing, prepare
from tests.jobs.catalogue_of_scenes import body


def test_alive_and_ready(client, sessions):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {
        "status": "ok",
        "workers": 0,
        "files": "ok",
        "paused": False,
        "draining": False,
        "broken_models": 0,
        "broken": [],
    }
    with database.writing(sessions) as session:
        leases.enroll(session, "one", "cpu")
    assert client.get("/readyz").json()["workers"] == 1


def test_a_model_that_no_worker_can_offer_is_named(client, sessions):
    with database.writing(sessions) as session:
        leases.enroll(session, "one", "cpu")
        leases.note_broken(session, "one", {"mine": "there is no file net.pt2", "toy": "others can offer it"})
    named = [{"model": "mine", "why": "there is no file net.pt2"}]
    assert client.get("/readyz").json()["broken"] == named
    answer = client.get("/v1/models").json()
    assert answer["broken"] == named
    assert [each["name"] for each in answer["items"]] == ["toy"]
    page = client.get("/models", headers={"Accept": "text/html"}).text
    assert '<dt class="name">mine</dt><dd>there is no file net.pt2</dd>' in page
    with database.writing(sessions) as session:
        leases.leave(session, "one")
    assert client.get("/readyz").json()["broken"] == []
    assert "Not available" not in client.get("/models", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("name", ["none", "bad", "revoked", "ann"])
def test_with_accounts_only_a_user_learns_which_models_are_broken_and_why(sqlite_tables, tmp_path, name):
    settings, keys = prepare(sqlite_tables, tmp_path)
    sessions = database.connect(sqlite_tables)
    with database.writing(sessions) as session:
        leases.enroll(session, "one", "cpu")
        leases.note_broken(session, "one", {"mine": "there is no file /srv/nets/net.pt2"})
    sessions.kw["bind"].dispose()
    with serving(settings) as client:
        answer = client.get("/readyz", headers=bearing(keys.get(name)))
    assert (answer.status_code, answer.json()["broken_models"]) == (200, 1)
    if name == "ann":
        assert answer.json()["broken"] == [{"model": "mine", "why": "there is no file /srv/nets/net.pt2"}]
    else:
        assert answer.json()["broken"] is None
        assert "mine" not in answer.text


def test_a_database_without_tables_is_not_ready(database_url, tmp_path):
    with serving(Settings(database_url=database_url, data_dir=tmp_path, auth="off")) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert "inverset db upgrade" in answer.json()["detail"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/jobs").json()["status"] in {500, 503}


def test_a_database_that_is_away_is_not_ready(tmp_path):
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    with serving(Settings(database_url=url, data_dir=tmp_path, auth="off")) as client:
        assert client.get("/readyz").json()["detail"] == "the database does not answer"
        answer = client.get("/v1/jobs")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert "127.0.0.1:1" not in answer.text


def test_a_commit_that_fails_is_not_answered_as_done(client):
    def fail(session):
        raise OperationalError("commit", {}, Exception("the disk is full"))

    event.listen(Session, "before_commit", fail)
    try:
        answers = [client.post("/v1/jobs", json=body()), client.delete("/v1/jobs/job_none")]
    finally:
        event.remove(Session, "before_commit", fail)
    assert [answer.status_code for answer in answers] == [503, 404]
    assert client.get("/v1/jobs").json()["items"] == []


def test_what_is_unexpected_is_told_without_its_insides(client, sessions):
    with database.writing(sessions) as session:
        store.publish_model(session, {"name": "broken", "sha256": "secret"})
    answer = client.get("/v1/models/broken", headers={"X-Request-ID": "mine"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "mine"
    assert "secret" not in answer.text


def test_every_route_is_documented_with_its_refusals(client):
    paths = client.get("/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for operation in methods.values():
            assert operation["description"]
            refusals = [answer for code, answer in operation["responses"].items() if code[0] in "45d"]
            if path.startswith("/v1"):
                assert len(refusals) > 1, path
            for answer in refusals:
                assert list(answer["content"]) == ["application/problem+json"], path


def test_the_documentation_needs_nothing_from_elsewhere(client):
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert client.get("/docs.js").headers["content-type"].startswith("text/javascript")
    assert "://" not in page.text + client.get("/docs.js").text
