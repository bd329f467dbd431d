"""The queue over HTTP."""

import pytest
from sqlalchemy import update

from inverset.jobs import accounts, database, leases, queue_forecast
from inverset.jobs.tables import Job


def test_an_empty_queue(client):
    empty = {"running": 0, "waiting": 0, "about": False, "paused": False, "draining": False, "workers": []}
    assert client.get("/v1/queue").json() == {**empty, "shares": [], "jobs": []}


def test_jobs_as_they_are_served(client, post, deliver, sessions):
    running = post(n=20)["id"]
    deliver(1.5)  # 2 seconds a sample: longer than a slice
    low, high = post(priority=-1)["id"], post(priority=1)["id"]
    queue = client.get("/v1/queue").json()
    assert (queue["running"], queue["waiting"]) == (1, 2)
    assert [job["id"] for job in queue["jobs"]] == [running, high, low]
    assert [job["starts_in_seconds"] for job in queue["jobs"]] == [0, None, None]  # nobody works
    with database.writing(sessions) as session:
        leases.enroll(session, "one", "cpu")
    queue = client.get("/v1/queue").json()
    assert queue["workers"] == [{"id": "one", "device": "cpu"}]
    # The running job gives way after a slice; nobody knows how long the one of high priority takes.
    assert [job["starts_in_seconds"] for job in queue["jobs"]] == [0, 20, None]


def test_others_jobs_keep_what_they_ask_for_themselves(client, post, sessions):
    post()
    with database.writing(sessions) as session:
        accounts.add_user(session, "somebody")
        session.execute(update(Job).values(owner="somebody"))
    (job,) = client.get("/v1/queue").json()["jobs"]
    assert (job["mine"], job["id"], job["links"], job["n"]) == (False, None, None, 100)
    assert "volcano" not in str(job)


@pytest.mark.parametrize("priority", [-1, 0])
def test_the_workers_share_the_line(client, post, sessions, priority):
    first, second = post(), post(priority=priority)
    with database.writing(sessions) as session:
        leases.enroll(session, "one", "cpu")
        leases.enroll(session, "two", "cpu")
    waits = {job["id"]: job["starts_in_seconds"] for job in client.get("/v1/queue").json()["jobs"]}
    assert waits == {first["id"]: 0, second["id"]: 0 if priority == 0 else None}


def test_while_the_service_is_paused_no_answer_promises_a_start(client, post, sessions):
    with database.writing(sessions) as session:
        leases.enroll(session, "one", "cpu")
    before = post()
    assert before["queue"]["starts_in_seconds"] == 0
    client.post("/v1/admin/pause")
    answers = [post()["queue"], client.get(before["links"]["self"]).json()["queue"]]
    answers += client.get("/v1/queue").json()["jobs"]
    assert [(each["starts_in_seconds"], each["reason"]) for each in answers] == [(None, "paused")] * 4
    client.post("/v1/admin/resume")
    again = client.get(before["links"]["self"]).json()["queue"]
    assert (again["starts_in_seconds"], again["reason"]) == (0, None)


def test_behind_the_first_jobs_of_a_long_queue_places_are_called_estimates(client, post, monkeypatch):
    first, _, third = (post() for _ in range(3))
    monkeypatch.setattr(queue_forecast, "LONG", 1)
    monkeypatch.setattr(queue_forecast, "FIRST", 1)
    queue = client.get("/v1/queue").json()
    assert (queue["waiting"], queue["about"], [job["id"] for job in queue["jobs"]]) == (
        3,
        True,
        [first["id"]],
    )
    assert client.get(first["links"]["self"]).json()["queue"]["about"] is False
    place = client.get(third["links"]["self"]).json()["queue"]
    assert (place["position"], place["ahead"], place["about"]) == (3, 2, True)
    assert "Place about 3 in the queue" in client.get(f"/jobs/{third['id']}").text
    page = client.get("/queue").text
    assert "about 3 wait" in page
    assert "And about 2 more" not in page  # fewer than the page has room for
