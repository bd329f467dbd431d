"""Answers to bodies that are wrong all over: short, soon, and while others are served."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median

import pytest

from inverset.api.server import listen
from inverset.config.settings import Settings
from tests.api.keyring import bearing
from tests.jobs.catalogue_of_scenes import body

KIND = {"Content-Type": "application/json"}
LIMIT = Settings.model_fields["max_body_bytes"].default


def filled(make, size=LIMIT - 200):
    """The body that `make` gives for the largest count with which it is no longer than `size`."""
    low, high = 1, size
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(json.dumps(make(middle))) <= size else (low, middle - 1)
    return json.dumps(make(low)).encode()


WORST = {
    "numbers for neurons": lambda count: body(neurons=[1] * count),
    "small objects": lambda count: body(neurons=[{}] * count),
    "empty bands": lambda count: body(neurons=[{"neuron": "a", "range": [1, 1]}] * count),
    "unknown fields": lambda count: body(**{f"{number:x}": 0 for number in range(count)}),
    "unknown fields of a neuron": lambda count: body(neurons=[{f"{number:x}": 0 for number in range(count)}]),
    "unknown fields of many neurons": lambda count: body(
        neurons=[{f"{at:x}": 0 for at in range(count // 64)}] * 64
    ),
    "unknown options": lambda count: body(options={f"{number:x}": 0 for number in range(count)}),
    "a long option": lambda count: body(options={"margin": '"\\' * count}),
    "a long name": lambda count: body(model="\u00e9\0" * count),
    "nesting": lambda count: body(
        options={"margin": json.loads("[" * min(count, 400) + "]" * min(count, 400))}
    ),
    "objects in an option": lambda count: body(options={"margin": [{}] * count}),
}


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/sweeps", "/v1/users"])
@pytest.mark.parametrize("name", WORST)
def test_an_answer_is_no_longer_than_its_request_allows(client, prepared, name, path):
    for size in (300, 4_000, LIMIT - 200):
        sent = filled(WORST[name], size)
        answer = client.post(path, content=sent, headers=KIND | bearing(prepared[1]["root"]))
        assert answer.status_code in (400, 422), answer.text
        assert len(answer.content) <= 4 * len(sent) + 4_000
        assert len(answer.json()["errors"]) <= 20


def test_what_is_left_out_is_counted(client, prepared):
    sent = body(neurons=[{"neuron": f"fc8:{number}", "range": [1, 1]} for number in range(60)])
    answer = client.post("/v1/jobs", json=sent, headers=bearing(prepared[1]["ann"])).json()
    assert len(answer["errors"]) == 20
    assert answer["detail"].endswith("; and 40 more")


@pytest.mark.parametrize("path", ["/v1/jobs/", "/v1/models/"])
def test_a_long_path_is_not_told_at_length(client, prepared, path):
    request = path + "%01" * 5_000
    answer = client.get(request, headers=bearing(prepared[1]["ann"]))
    assert answer.status_code == 404
    assert len(answer.content) <= 4 * len(request) + 4_000


@contextmanager
def process(settings):
    """The API as a process of its own; gives its port."""
    with listen(settings, "127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "INVERSET_DATABASE_URL": settings.database,
        "INVERSET_DATA_DIR": str(settings.data_dir),
        "INVERSET_PORT": str(port),
        "INVERSET_AUTH": "required",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "inverset.api"], env=environment, stderr=subprocess.DEVNULL
    ) as server:
        try:
            while not answers(port):
                assert server.poll() is None
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()


def answers(port):
    try:
        return seconds(port) > 0
    except OSError:
        return False


def seconds(port):
    """How long /healthz takes on a new connection."""
    began = time.monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/healthz")
    connection.getresponse().read()
    connection.close()
    return time.monotonic() - began


def send(port, bodies, headers, stop):
    """Post these bodies, one after the other and again, until the end."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    while not stop.is_set():
        for path, content in bodies:
            connection.request("POST", path, content, headers)
            connection.getresponse().read()
    connection.close()


@pytest.mark.slow  # two servers as processes, and five seconds of load
def test_others_are_served_while_the_worst_bodies_come(prepared):
    settings, keys = prepared
    known = [(path, filled(make)) for make in WORST.values() for path in ("/v1/jobs", "/v1/sweeps")]
    large = [("/v1/jobs", filled(WORST["small objects"], 980_000))]
    fields = [("/sign-in", b"a&" * (LIMIT // 2))]
    stop, key = threading.Event(), bearing(keys["ann"])
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    clients = [(known, KIND | key)] * 4 + [(known, KIND), (large, KIND), (large, KIND | key), (fields, form)]
    with process(settings) as idle, process(settings) as busy:
        threads = [threading.Thread(target=send, args=(busy, *each, stop)) for each in clients]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        took = {port: [] for port in (idle, busy)}
        until = time.monotonic() + 5
        while time.monotonic() < until:
            for port, times in took.items():
                times.append(seconds(port))
        stop.set()
        for thread in threads:
            thread.join()
    assert median(took[busy]) < 0.1 + median(took[idle])
