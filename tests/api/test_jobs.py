"""Jobs over HTTP: posted, listed, stopped, removed."""

import threading

import pytest
from sqlalchemy import Engine, event

from tests.jobs.catalogue_of_scenes import body

WAITING = {"position": 1, "ahead": 0, "about": False, "starts_in_seconds": None, "reason": "no worker"}


def test_a_job_is_posted_and_found(client):
    answer = client.post("/v1/jobs", json=body(n=20))
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == job["links"]["self"] == f"/v1/jobs/{job['id']}"
    assert (job["kind"], job["state"], job["ranges"]) == (
        "inverse set",
        "queued",
        [{"neuron": "fc8:volcano", "range": [1, 2]}],
    )
    assert (job["spec"]["k"], job["queue"]) == (7, WAITING)
    assert client.get(answer.headers["location"]).json() == job


def test_two_neurons_are_an_intersection_and_quantiles_become_numbers(post):
    neurons = [
        {"neuron": "fc8:0", "range": {"quantiles": [0.5, 0.9]}},
        {"neuron": "conv5:3@max", "range": {"sd": [0, 1]}},
    ]
    job = post(neurons=neurons)
    assert job["kind"] == "intersection"
    assert job["ranges"] == [
        {"neuron": "fc8:volcano", "range": [0, 8]},
        {"neuron": "conv5:3@max", "range": [1, 5]},
    ]


def test_the_same_key_and_body_make_one_job(client, post):
    first = post(headers={"Idempotency-Key": "one"}, n=20)
    assert post(headers={"Idempotency-Key": '"one"'}, n=20)["id"] == first["id"]
    assert post(headers={"Idempotency-Key": "two"}, n=20)["id"] != first["id"]
    assert len(client.get("/v1/jobs").json()["items"]) == 2


def test_a_replay_is_answered_even_when_the_queue_is_full(client, post):
    first = post(headers={"Idempotency-Key": "one"})
    for _ in range(4):
        post()
    refused = client.post("/v1/jobs", json=body())
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    assert len(client.get("/v1/jobs").json()["items"]) == 5
    assert post(headers={"Idempotency-Key": "one"})["id"] == first["id"]


def test_the_same_key_at_the_same_time_makes_one_job(client, post):
    together, result = threading.Barrier(8), []

    def send():
        together.wait()
        result.append(post(headers={"Idempotency-Key": "one"})["id"])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(result) == 8
    assert len(set(result)) == 1
    assert len(client.get("/v1/jobs").json()["items"]) == 1


def test_a_key_with_another_body_is_refused(client, post):
    post(headers={"Idempotency-Key": "one"})
    answer = client.post("/v1/jobs", json=body(n=21), headers={"Idempotency-Key": "one"})
    assert answer.status_code == 422
    assert "'one'" in answer.json()["detail"]
    assert len(client.get("/v1/jobs").json()["items"]) == 1


def test_pages_go_through_all_jobs_newest_first(client, post):
    posted = [post()["id"] for _ in range(5)]
    seen, url = [], "/v1/jobs?limit=2&model=toy"
    while url:
        page = client.get(url).json()
        assert len(page["items"]) <= 2
        seen, url = [*seen, *page["items"]], page["next"]
    assert [job["id"] for job in seen] == posted[::-1]
    assert [job["queue"]["position"] for job in seen] == [5, 4, 3, 2, 1]


def test_lists_are_filtered(client, post):
    canceled, waiting = post()["id"], post()["id"]
    client.post(f"/v1/jobs/{canceled}/cancel")

    def ids(**wanted):
        return [job["id"] for job in client.get("/v1/jobs", params=wanted).json()["items"]]

    assert ids(state="canceled") == [canceled]
    assert ids(state="queued", owner="local", model="toy") == [waiting]
    assert ids(model="other") == ids(owner="other") == []


def test_cancel_then_retry(client, post):
    job = post()["id"]
    canceled = client.post(f"/v1/jobs/{job}/cancel")
    assert (canceled.status_code, canceled.json()["state"]) == (200, "canceled")
    again = client.post(f"/v1/jobs/{job}/cancel")
    assert (again.status_code, again.json()) == (200, canceled.json())
    assert client.post(f"/v1/jobs/{job}/retry").json()["state"] == "queued"
    assert client.get(f"/v1/jobs/{job}").json()["queue"] == WAITING


def test_cancel_of_a_running_job_waits_for_its_worker(client, post, deliver):
    job = post()["id"]
    deliver(1.5)
    answer = client.post(f"/v1/jobs/{job}/cancel").json()
    assert (answer["state"], answer["cancel_requested"]) == ("running", True)


def test_a_job_that_waits_is_not_retried(client, post):
    answer = client.post(f"/v1/jobs/{post()['id']}/retry")
    assert answer.status_code == 409
    assert "queued" in answer.json()["detail"]


def test_a_job_is_deleted_with_its_files(client, post, deliver, settings):
    job = post()["id"]
    deliver(1.5)
    files = settings.data_dir / "blobs" / "jobs" / job
    assert files.is_dir()
    answer = client.delete(f"/v1/jobs/{job}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not files.exists()
    assert client.get(f"/v1/jobs/{job}").status_code == 404
    assert client.delete(f"/v1/jobs/{job}").status_code == 404


@pytest.mark.parametrize("what", ["", "/samples", "/samples/0.png", "/evidence"])
def test_what_belongs_to_no_job_is_not_found(client, what):
    answer = client.get(f"/v1/jobs/job_none{what}")
    assert answer.status_code == 404
    assert "job_none" in answer.json()["detail"]


def test_a_poll_is_small(client, post, deliver, succeed):
    """Few small queries, and never the evidence."""
    waiting, ended = post(n=1)["id"], post(n=1)["id"]
    succeed(deliver(1.5), {"verdict": ["x" * 100_000]})
    statements = []

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for job in (waiting, ended):
            assert len(client.get(f"/v1/jobs/{job}").content) < 2_000
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    request = [statement for statement in statements if statement.lower().startswith("select")]
    assert 2 <= len(request) <= 4
    assert not any("evidence" in statement for statement in request)


def test_a_job_and_a_sweep_tell_the_method_that_nobody_named(client, post):
    assert post()["spec"]["method"] == "calibrated"
    question = {"model": "toy", "neurons": [{"neuron": "fc8:volcano"}], "vary": {"range": [[1, 2], [2, 3]]}}
    sweep = client.post("/v1/sweeps", json=question).json()
    assert sweep["spec"]["method"] == "calibrated"
    assert [job["spec"]["method"] for job in sweep["jobs"]] == ["calibrated"] * 2
