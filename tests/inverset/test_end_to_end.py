"""From ``inverset up`` to Ctrl-C, as a user goes: real processes, the real model."""

import json
import os
import re
import signal
import time
from pathlib import Path

import psutil
import pytest

from inverset import Client
from tests.inverset.command import finish, run, start

pytestmark = pytest.mark.slow
N = 12


@pytest.fixture
def up(tmp_path):
    """A server on a free port; gives its process and its URL."""
    command = start("up", "--data", tmp_path / "data", "--port", 0)
    messages = []
    while not (result := re.search(r"http://\S+:\d+", "".join(messages))):
        messages.append(command.stderr.readline())
        assert messages[-1], f"it ended: {messages}"
    yield command, result[0]
    if not command.stderr.closed:
        command.terminate()
        finish(command, 15)


def worker_of(command) -> psutil.Process:
    """The one child of the server."""
    end = time.monotonic() + 30
    while not (children := psutil.Process(command.pid).children()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return children[0]


def test_from_up_to_ctrl_c(up, tmp_path):
    command, url = up
    gallery = tmp_path / "gallery"
    asked = ["scenes", "fc8:volcano", "q.90", "q.99", "-n", N, "--seed", 3]
    result = run("sample", *asked, "--out", gallery, INVERSET_URL=url)
    assert result.code == 0, result.err
    assert (gallery / "index.html").is_file()
    assert len(list((gallery / "images").iterdir())) == N

    checked = run("verify", gallery)
    assert (checked.code, "none" in checked.out) == (0, True), checked

    worker = worker_of(command)
    worker.kill()
    again = run("sample", *asked, "--out", tmp_path / "again", INVERSET_URL=url)
    assert again.code == 0, again.err
    assert worker_of(command).pid != worker.pid
    assert pictures(gallery) == pictures(tmp_path / "again")

    worker = worker_of(command)
    began = time.monotonic()
    command.send_signal(signal.SIGINT)
    assert finish(command, 10).code == 0
    assert time.monotonic() - began < 10
    assert not worker.is_running()


def test_a_sweep_is_one_gallery_and_each_band_is_what_it_would_be_alone(up, tmp_path):
    _, url = up
    folder, alone = tmp_path / "sweep", tmp_path / "alone"
    bands = ["q.50", "q.70", "q.90", "q.99"]
    result = run(
        "sweep", "scenes", "fc8:volcano", *bands, "-n", 4, "--seed", 3, "--out", folder, INVERSET_URL=url
    )
    assert result.code == 0, result.err
    checked = run("verify", folder)
    assert (checked.code, checked.out.count("none")) == (0, 2), checked
    result = run(
        "sample", "scenes", "fc8:volcano", *bands[2:], "-n", 4, "--seed", 3, "--out", alone, INVERSET_URL=url
    )
    assert result.code == 0, result.err
    assert pictures(folder / "band-1") == pictures(alone)
    assert "fc8:volcano over 2 bands of scenes" in (folder / "index.html").read_text()


def pictures(gallery: Path):
    manifest = json.loads((gallery / "manifest.json").read_text())
    return [(sample["sha256"], sample["activations"]) for sample in manifest["samples"]]


def test_the_worker_ends_with_a_server_that_was_killed(up):
    command, url = up
    worker = worker_of(command)
    os.kill(command.pid, signal.SIGKILL)
    worker.wait(15)
    assert not Client(url).ready()


def test_local_gives_what_a_server_gives(tmp_path):
    gallery = tmp_path / "gallery"
    command = ["sample", "scenes", "fc8:volcano", "q.90", "q.99", "-n", 4, "-k", "auto", "--local"]
    result = run(*command, "--out", gallery)
    assert result.code == 0, result.err
    assert len(pictures(gallery)) == 4
    assert run("verify", gallery).code == 0
