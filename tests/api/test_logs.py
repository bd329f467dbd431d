"""Every request leaves a line, by which what it brought about can be found."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from inverset.jobs import store
from tests.api.keyring import bearing, prepare
from tests.jobs.catalogue_of_scenes import body


@pytest.fixture
def lines(caplog):
    """The lines of requests so far, as far as they are written by default."""
    caplog.set_level(logging.INFO, logger="api.access")

    def lines():
        return [record for record in caplog.records if record.name == "api.access"]

    return lines


def test_a_line_for_each_request(client, post, lines):
    job_id = post()["id"]
    client.get(f"/v1/jobs/{job_id}")
    client.get("/v1/jobs/job_x")
    client.get("/nowhere/%0Ax")
    client.get("/healthz")
    results = [(each.method, each.route, each.status) for each in lines()]
    assert results == [
        ("POST", "/v1/jobs", 202),
        ("GET", "/v1/jobs/{job_id}", 200),
        ("GET", "/v1/jobs/{job_id}", 404),
        ("GET", "(no route)", 404),
    ]
    assert all(each.ms > 0 for each in lines())


def test_a_job_knows_the_request_that_posted_it(client, sessions):
    answer = client.post("/v1/jobs", json=body(), headers={"X-Request-ID": "my-number"})
    with sessions.begin() as session:
        assert store.job(session, answer.json()["id"]).request_id == "my-number"


def test_a_server_writes_nothing_but_json_and_no_keys(tmp_path, sqlite_tables):
    settings, keys = prepare(sqlite_tables, tmp_path)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = os.environ | {
        "INVERSET_DATABASE_URL": settings.database,
        "INVERSET_DATA_DIR": str(tmp_path),
        "INVERSET_AUTH": "required",
        "INVERSET_LOG": "json",
    }
    command = [sys.executable, "-m", "inverset.api", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        headers = bearing(keys["ann"]) | {"X-Request-ID": "my-number"}
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/v1/me/webhook-secret", headers))
        server.send_signal(signal.SIGTERM)
        output = server.communicate(timeout=20)[1]
    entries = [json.loads(line) for line in output.splitlines()]
    assert {"uvicorn.error", "api.access"} <= {entry["logger"] for entry in entries}
    (request,) = [entry for entry in entries if entry["logger"] == "api.access"]
    answer = {name: request[name] for name in ("route", "status", "user", "request_id")}
    assert answer == {
        "route": "/v1/me/webhook-secret", "status": 200, "user": "ann", "request_id": "my-number",
    }  # fmt: skip
    assert keys["ann"] not in output
    assert "whsec_" not in output


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def answers(url, headers):
    try:
        return httpx.get(url, headers=headers).status_code == 200
    except httpx.TransportError:
        return False
