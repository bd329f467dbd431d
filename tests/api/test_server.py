"""Where the server listens, and where it will not."""

import os
import signal
import subprocess
import sys
import threading
import time

import fastapi.routing
import httpx
import pytest
from starlette.routing import Match

from inverset.api.app import build_routes, create_app
from inverset.api.server import CannotServe, listen, url
from inverset.config.settings import Settings
from tests.jobs.catalogue_of_scenes import body


@pytest.mark.parametrize("early", [True, False])
def test_no_request_waits_until_routes_are_built(tmp_path, monkeypatch, early):
    app = create_app(Settings(auth="off", data_dir=tmp_path))
    if early:
        build_routes(app)
    result, build = [], fastapi.routing.get_dependant
    monkeypatch.setattr(
        fastapi.routing, "get_dependant", lambda **asked: result.append(asked["path"]) or build(**asked)
    )
    scope = {"type": "http", "method": "GET", "path": "/new", "root_path": "", "headers": []}
    assert any(route.matches(dict(scope))[0] is Match.FULL for route in app.router.routes)
    assert bool(result) is not early


def test_a_free_port_is_found():
    with listen(Settings(), "localhost", 0) as listening:
        assert url(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_port_in_use_is_told():
    with listen(Settings(), "127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"port {port} of 127.0.0.1 is in use"):
            listen(Settings(), "127.0.0.1", port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1"])
def test_nobody_is_let_in_from_outside_without_accounts(host):
    with pytest.raises(CannotServe, match="INVERSET_AUTH=off"):
        listen(Settings(auth="off"), host, 0)


@pytest.mark.parametrize(("host", "port"), [("no such host", 0), ("127.0.0.1", 70_000), ("127.0.0.1", -1)])
def test_an_address_that_is_none(host, port):
    with pytest.raises(CannotServe, match="is not an address to listen on"):
        listen(Settings(), host, port)


def test_whoever_has_a_key_is_let_in_from_outside():
    with listen(Settings(), "0.0.0.0", 0) as listening:
        assert listening.getsockname()[1] > 0


@pytest.fixture
def module(settings):
    """``python -m inverset.api`` as a process; gives it and where it is found."""
    with listen(Settings(), "127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "INVERSET_DATABASE_URL": settings.database,
        "INVERSET_DATA_DIR": str(settings.data_dir),
        "INVERSET_PORT": str(port),
        "INVERSET_AUTH": "off",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "inverset.api"], env=environment, stderr=subprocess.PIPE
    ) as server:
        try:
            assert _answers(f"http://127.0.0.1:{port}/healthz", server)
            yield server, environment
        finally:
            server.kill()


def test_the_module_tells_that_its_port_is_in_use(module):
    _, environment = module
    command = [sys.executable, "-m", "inverset.api"]
    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    message = f"inverset: port {environment['INVERSET_PORT']} of 127.0.0.1 is in use; choose another one\n"
    assert (second.returncode, second.stderr) == (1, message)


def test_whoever_waits_is_answered_when_the_server_ends(module):
    server, environment = module
    with httpx.Client(base_url=f"http://127.0.0.1:{environment['INVERSET_PORT']}", timeout=30) as client:
        made = client.post("/v1/jobs", json=body()).json()
        timer = threading.Timer(0.5, server.send_signal, [signal.SIGINT])
        timer.start()
        answer = client.get(made["links"]["self"], headers={"Prefer": "wait=30"})
        timer.join()
    assert answer.json()["state"] == "queued"
    assert server.wait(5) == 130
    assert b"Traceback" not in server.stderr.read()


def test_an_answer_is_not_held_back(client):
    """Without TCP_NODELAY every answer took 40 ms."""
    took = []
    for _ in range(21):
        began = time.monotonic()
        client.get("/healthz")
        took.append(time.monotonic() - began)
    assert sorted(took)[10] < 0.03


def _answers(address: str, server: subprocess.Popen) -> bool:
    for _ in range(100):
        try:
            return httpx.get(address).status_code == 200
        except httpx.TransportError:
            assert server.poll() is None
            time.sleep(0.1)
    return False
