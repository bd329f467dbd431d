"""Where the server listens, and where it will not."""

import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from api.server import CannotServe, listen, url
from jobs.settings import Settings


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
        listen(Settings(), host, 0)


@pytest.mark.parametrize(("host", "port"), [("no such host", 0), ("127.0.0.1", 70_000), ("127.0.0.1", -1)])
def test_an_address_that_is_none(host, port):
    with pytest.raises(CannotServe, match="no address"):
        listen(Settings(), host, port)


def test_accounts_are_not_there_yet():
    with pytest.raises(CannotServe, match="accounts"):
        listen(Settings(auth="required"), "127.0.0.1", 0)


def test_the_module_serves_until_it_is_told_to_end(tmp_path):
    with listen(Settings(), "127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "INVERSET_DATA_DIR": str(tmp_path), "INVERSET_PORT": str(port)}
    command = [sys.executable, "-m", "api"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as server:
        assert _answers(f"http://127.0.0.1:{port}/healthz", server)
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (second.returncode, second.stderr) == (
            1,
            f"inverset: port {port} of 127.0.0.1 is in use; name another one\n",
        )
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def _answers(address: str, server: subprocess.Popen) -> bool:
    for _ in range(100):
        try:
            return httpx.get(address).status_code == 200
        except httpx.TransportError:
            assert server.poll() is None
            time.sleep(0.1)
    return False


def test_an_answer_is_not_held_back(client):
    """Without TCP_NODELAY every answer took 40 ms."""
    took = []
    for _ in range(21):
        began = time.monotonic()
        client.get("/healthz")
        took.append(time.monotonic() - began)
    assert sorted(took)[10] < 0.03
