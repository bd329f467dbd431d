"""Whoever may not look any more is shown nothing more, also by an answer that had begun."""

import threading
import time

import httpx
import pytest

from tests.api.conftest import TLS
from tests.api.keyring import bearing
from tests.api.test_events import parsed
from tests.api.test_sweeps import sweep
from tests.jobs.catalogue_of_scenes import body

SECONDS = 5


@pytest.fixture
def accounts_url(tables_url):
    return tables_url


def revoke(client, keys, name):
    assert client.delete(f"/v1/keys/{keys[name][4:12]}", headers=bearing(keys["root"])).status_code == 204


def hide(client, keys, job):
    change = {"visibility": "private"}
    client.patch(f"/v1/jobs/{job}", json=change, headers=bearing(keys["ann"])).raise_for_status()


def cancel(client, keys, job):
    client.post(f"/v1/jobs/{job}/cancel", headers=bearing(keys["ann"]))


def sign_out(client, browser):
    assert browser.post("/sign-out").status_code == 303


@pytest.mark.parametrize("how", ["key revoked", "job hidden", "key of a session revoked", "session ended"])
def test_an_event_stream_ends(client, prepared, how):
    keys = prepared[1]
    job = client.post("/v1/jobs", json=body(visibility="team"), headers=bearing(keys["ann"])).json()["id"]
    with httpx.Client(base_url=client.base_url, timeout=30, verify=TLS) as browser:
        headers = bearing(keys["bob"])
        if "session" in how:
            browser.post("/sign-in", data={"key": keys["bob"]})
            headers = {}
        with browser.stream("GET", f"/v1/jobs/{job}/events", headers=headers) as answer:
            result = parsed(answer.iter_lines())
            assert next(result)[0] == "job"
            if how == "job hidden":
                hide(client, keys, job)
            elif how == "session ended":
                with httpx.Client(
                    base_url=client.base_url, cookies=dict(browser.cookies), verify=TLS
                ) as same:
                    sign_out(client, same)
            else:
                revoke(client, keys, "bob")
            began = time.monotonic()
            # It would end then in any case, and say so.
            late = threading.Timer(2 * SECONDS, cancel, [client, keys, job])
            late.start()
            messages = [name for name, _, _ in result]
            assert time.monotonic() - began < SECONDS
            late.cancel()
    assert "end" not in messages


def test_a_stream_of_somebody_else_goes_on(client, prepared):
    keys = prepared[1]
    job = client.post("/v1/jobs", json=body(visibility="team"), headers=bearing(keys["ann"])).json()["id"]
    with client.stream("GET", f"/v1/jobs/{job}/events", headers=bearing(keys["ann"])) as answer:
        result = parsed(answer.iter_lines())
        next(result)
        revoke(client, keys, "bob")
        hide(client, keys, job)
        threading.Timer(2.5, cancel, [client, keys, job]).start()
        assert [name for name, _, _ in result][-1] == "end"


@pytest.mark.parametrize("kind", ["jobs", "sweeps"])
def test_who_waits_is_looked_at_again(client, prepared, kind):
    keys = prepared[1]
    question = body() if kind == "jobs" else sweep()
    path = client.post(f"/v1/{kind}", json=question, headers=bearing(keys["ann"])).json()["links"]["self"]
    threading.Timer(0.2, revoke, [client, keys, "ann"]).start()
    answer = client.get(path, headers=bearing(keys["ann"]) | {"Prefer": "wait=1"})
    assert answer.status_code == 401
