"""Paused or draining: every page says so, and none promises that a job starts at once."""

import re

import pytest

from inverset.jobs import database, leases

TURNS = {"paused": "pause", "draining": "drain"}
PAGES = {"Accept": "text/html"}
FORM = {"model": "toy", "neuron": "fc8:volcano", "low": "1", "high": "2", "by": "numbers"}


@pytest.fixture
def turn(client, sessions):
    def turn(name):
        with database.writing(sessions) as session:
            leases.enroll(session, "one", "cpu")
        assert client.post(f"/v1/admin/{TURNS[name]}").status_code == 200

    return turn


@pytest.fixture
def look(client):
    def look(path):
        answer = client.get(path, headers=PAGES)
        assert answer.status_code == 200, answer.text
        return answer.text

    return look


@pytest.mark.parametrize(
    ("name", "words"), [("paused", "no new sampling starts"), ("draining", "Closed to new jobs")]
)
def test_every_page_says_it(look, post, turn, name, words):
    job = post()["id"]
    paths = ["/jobs", f"/jobs/{job}", "/new", "/models", "/models/toy", "/queue", "/admin", "/compare"]
    paths.append("/models/toy/neurons/fc8:volcano")
    assert not [path for path in paths if words in look(path)]
    turn(name)
    assert [path for path in paths if look(path).count(words) == 1] == paths


def test_a_job_that_waits_for_a_paused_service_is_not_said_to_start(look, post, turn):
    job = post()["id"]
    turn("paused")
    for path in ("/jobs", f"/jobs/{job}", f"/jobs/{job}/live", "/queue"):
        answer = look(path)
        assert "the service is paused" in answer
        assert not re.search(r"starts? in about|begins in|right away|nobody knows", answer), path


def test_an_empty_queue_is_as_open_as_the_service(look, turn):
    assert "a new gallery waits until a worker starts" in look("/queue")
    turn("paused")
    assert "a new gallery waits until an admin resumes the service" in look("/queue")


def test_a_job_starts_right_away_where_a_worker_is_idle(look, sessions):
    with database.writing(sessions) as session:
        leases.enroll(session, "one", "cpu")
    assert "a new gallery starts right away" in look("/queue")


def test_a_form_that_would_be_refused_cannot_be_sent(look, client, turn):
    assert '<button id="go">' in look("/new")
    turn("draining")
    form = look("/new")
    assert '<button id="go" disabled data-closed>' in form
    assert 'id="look" disabled' in form
    assert "The service accepts no new galleries at the moment." in form
    refused = client.post("/new", data=FORM, headers=PAGES)
    assert refused.status_code == 503
    assert 'value="fc8:volcano"' in refused.text


def test_a_form_says_that_its_job_will_wait_and_no_preview_can_be_had(look, turn):
    turn("paused")
    form = look("/new")
    assert '<button id="go">' in form
    assert "It waits in the queue until an admin resumes the service." in form
    assert 'id="look" disabled' in form
