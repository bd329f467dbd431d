"""Server-sent events: every change once, an end, and nobody else kept from being served."""

import json
import signal
import threading
import time
from contextlib import contextmanager

import httpx
from sqlalchemy import Engine
from sqlalchemy import event as hook

from tests.api.test_server import module
from tests.jobs.catalogue_of_scenes import body

__all__ = ["module"]  # a fixture


def parsed(lines):
    """Events as (name, id, data); comments are left out."""
    event = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif event:
            yield event["event"], int(event["id"]), json.loads(event["data"])
            event = {}


@contextmanager
def watching(client, job, last=None):
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with client.stream("GET", f"/v1/jobs/{job}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        yield parsed(answer.iter_lines())


def events(client, job, last=None):
    with watching(client, job, last) as found:
        return list(found)


def test_every_change_is_told_until_the_end(client, post, deliver, succeed):
    job = post(n=2)["id"]
    with watching(client, job) as found:
        name, first, answer = next(found)
        assert (name, answer) == ("job", client.get(f"/v1/jobs/{job}").json())
        claimed = deliver(1.25, 1.5)
        name, second, answer = next(found)
        assert (name, answer["state"], answer["progress"]["accepted"]) == ("job", "running", 2)
        succeed(claimed)
        name, third, answer = next(found)
        assert (name, answer) == ("job", client.get(f"/v1/jobs/{job}").json())
        assert list(found) == [("end", third, {"id": job, "state": "succeeded"})]
    assert first < second < third
    assert [each[:2] for each in events(client, job)] == [("job", third), ("end", third)]


def test_what_somebody_has_is_not_told_again(client, post, deliver, succeed):
    job = post(n=1)["id"]
    with watching(client, job) as found:
        _, last, _ = next(found)
    claimed = deliver(1.5)
    with watching(client, job, last) as found:
        name, last, answer = next(found)
        assert (name, answer["state"]) == ("job", "running")
    threading.Timer(1.2, succeed, [claimed]).start()
    began = time.monotonic()
    assert [each[0] for each in events(client, job, last)] == ["job", "end"]
    assert time.monotonic() - began > 1
    _, last, _ = events(client, job)[-1]
    assert [each[0] for each in events(client, job, last)] == ["end"]
    assert [each[0] for each in events(client, job, "what?")] == ["job", "end"]


def test_a_job_that_is_deleted_or_unknown(client, post):
    job = post()["id"]
    with watching(client, job) as found:
        _, last, _ = next(found)
        client.delete(f"/v1/jobs/{job}")
        assert list(found) == [("end", last, {"id": job, "state": "deleted"})]
    answer = client.get(f"/v1/jobs/{job}/events")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_hundred_watchers_cost_one_query_and_no_thread(client, post, deliver, succeed):
    job = post(n=1)["id"]
    claimed, ended, begun = deliver(1.5), [], threading.Barrier(101)

    def watch():
        with httpx.Client(base_url=client.base_url, timeout=30) as own, watching(own, job) as found:
            first = next(found)
            begun.wait(30)
            ended.append((first[0], [each[0] for each in found], time.monotonic()))

    threads = [threading.Thread(target=watch, daemon=True) for _ in range(100)]
    for thread in threads:
        thread.start()
    begun.wait(30)
    with counted() as statements:
        time.sleep(2)
        assert 1 <= len(statements) <= 5
    began = time.monotonic()
    for _ in range(5):
        assert client.get(f"/v1/jobs/{job}").status_code == 200
    assert time.monotonic() - began < 2
    succeed(claimed)
    answer = time.monotonic()
    for thread in threads:
        thread.join(20)
    assert [each[:2] for each in ended] == [("job", ["job", "end"])] * 100
    assert max(each[2] for each in ended) - answer < 3


@contextmanager
def counted():
    """Queries of the server, which runs in this process."""
    statements = []

    def note(connection, cursor, statement, *rest):
        if statement.startswith("SELECT"):
            statements.append(statement)

    hook.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        hook.remove(Engine, "before_cursor_execute", note)


def test_whoever_went_away_is_not_watched_for(client, post):
    job = post()["id"]
    with watching(client, job) as found:
        next(found)
    end = time.monotonic() + 10
    while True:
        with counted() as statements:
            time.sleep(1.2)
        if not statements:
            return
        assert time.monotonic() < end


def test_streams_close_when_the_server_ends(module):
    server, environment = module
    with httpx.Client(base_url=f"http://127.0.0.1:{environment['INVERSET_PORT']}", timeout=30) as client:
        job = client.post("/v1/jobs", json=body()).json()["id"]
        with watching(client, job) as found:
            next(found)
            server.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert list(found) == []
            assert time.monotonic() - began < 3
    server.wait(5)
    assert b"Traceback" not in server.stderr.read()
