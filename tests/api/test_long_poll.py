"""``Prefer: wait``: an answer waits for the end of a job, and nobody else waits with it."""

import threading
import time

import pytest

from inverset.api.long_poll import seconds
from tests.jobs.catalogue_of_scenes import body


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, 0),
        ("wait=10", 10),
        ("respond-async, wait=5", 5),
        ("WAIT = 7; x=1", 7),
        ('wait="3"', 3),
        ("wait=3600", 30),
        ("wait=-1", 0),
        ("wait=soon", 0),
        ("await=5", 0),
        ("wait=1.5", 0),
    ],
)
def test_what_a_request_prefers(header, wait):
    assert seconds(header) == wait


def test_an_answer_comes_when_the_job_ends(client, post, deliver, succeed):
    job = post(n=1)["id"]
    claimed = deliver(1.5)
    timer = threading.Timer(0.7, succeed, [claimed])
    began = time.monotonic()
    timer.start()
    answer = client.get(f"/v1/jobs/{job}", headers={"Prefer": "wait=20"})
    took = time.monotonic() - began
    timer.join()
    assert answer.json()["state"] == "succeeded"
    assert answer.headers["preference-applied"] == "wait=20"
    assert 0.6 < took < 5


def test_an_answer_comes_when_the_time_is_over(client, post):
    began = time.monotonic()
    answer = client.post("/v1/jobs", json=body(), headers={"Prefer": "wait=1"})
    assert 0.9 < time.monotonic() - began < 4
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert answer.headers["preference-applied"] == "wait=1"
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"


def test_an_ended_or_unknown_job_is_not_waited_for(client, post):
    job = post()["id"]
    client.post(f"/v1/jobs/{job}/cancel")
    began = time.monotonic()
    assert client.get(f"/v1/jobs/{job}", headers={"Prefer": "wait=20"}).json()["state"] == "canceled"
    assert client.get("/v1/jobs/job_none", headers={"Prefer": "wait=20"}).status_code == 404
    assert time.monotonic() - began < 2


def test_sixty_who_wait_keep_nobody_from_being_served(client, post):
    """More than the server has threads."""
    job = post()["id"]
    answers = []

    def wait():
        answers.append(client.get(f"/v1/jobs/{job}", headers={"Prefer": "wait=3"}).status_code)

    waiting = [threading.Thread(target=wait) for _ in range(60)]
    for thread in waiting:
        thread.start()
    time.sleep(1)
    began = time.monotonic()
    assert client.get("/healthz").status_code == 200
    assert client.get(f"/v1/jobs/{job}").status_code == 200
    assert time.monotonic() - began < 1
    for thread in waiting:
        thread.join()
    assert answers == [200] * 60
