"""Bodies that are too large, or come from somebody without a key: refused where plain clients can read it, and unread."""

import json
import socket
import urllib.request
from urllib.error import HTTPError

import pytest
import requests

from tests.api.keyring import bearing
from tests.api.test_refusals import problem
from tests.jobs.catalogue_of_scenes import body

KIND = {"Content-Type": "application/json"}
LARGE = json.dumps(body(options={"x": "x" * 30_000_000})).encode()


def pieces():
    return (LARGE[at : at + 65_536] for at in range(0, len(LARGE), 65_536))


@pytest.mark.parametrize("content", [LARGE, pieces], ids=["announced", "chunked"])
def test_requests_reads_that_a_body_is_too_large(client, prepared, content):
    sent = content() if callable(content) else content
    headers = KIND | bearing(prepared[1]["ann"])
    answer = requests.post(f"{client.base_url}/v1/jobs", data=sent, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["title"]) == (413, "Body too large")


def test_urllib_reads_that_a_body_is_too_large(client):
    question = urllib.request.Request(f"{client.base_url}/v1/jobs", data=LARGE, headers=KIND)
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(question, timeout=30)
    with refused.value as answer:
        assert (answer.code, json.load(answer)["status"]) == (413, 413)


def test_urllib_reads_that_there_is_no_key(client):
    sent = json.dumps(body(options={"x": "x" * 50_000})).encode()
    question = urllib.request.Request(f"{client.base_url}/v1/jobs", data=sent, headers=KIND)
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(question, timeout=30)
    with refused.value as answer:
        assert (answer.code, json.load(answer)["title"]) == (401, "No valid key")


def test_who_asks_before_they_send_is_told_before_they_send(client):
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as connection:
        head = "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("whose", [None, "bad", "expired", "revoked"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/jobs"), ("PATCH", "/v1/jobs/job_x"), ("POST", "/new")]
)
def test_a_body_is_not_looked_at_without_a_good_key(client, prepared, method, path, whose):
    """Were it parsed, it would be no JSON."""
    headers = KIND | bearing(whose and prepared[1][whose])
    problem(client.request(method, path, content=b"[{", headers=headers), 401)


def test_a_body_is_not_waited_for_without_a_good_key(client, prepared):
    """The answer is made from the head: it is there as soon as what was announced is."""
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as connection:
        head = "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n"
        connection.sendall(head.encode() + b"{}")
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_what_is_open_takes_a_key_and_no_more(client, path):
    assert client.post(path, data={"key": "x" * 4_000}).status_code == 413
