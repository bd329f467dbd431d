"""The keeper of a worker, with workers that are real: one dies at once, since its database has no tables."""

import os
import time

import pytest

from inverset import supervisor
from inverset.config.settings import Settings
from inverset.supervisor import Supervisor, environment


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path, parent=os.getpid(), worker="kept")


def test_a_worker_that_dies_is_started_again_after_growing_pauses(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.5)
    messages = []
    with Supervisor(settings, tmp_path / "worker.log", messages.append) as kept:
        end = time.monotonic() + 60
        while len(messages) < 2:
            assert time.monotonic() < end
            time.sleep(0.05)
    assert kept.pid is None
    assert "no such table" in messages[0]
    assert [each.split("; ")[-1] for each in messages] == [
        "the next one starts in 0.5 s",
        "the next one starts in 1 s",
    ]


def test_no_worker_outlives_the_block(settings, tmp_path):
    with Supervisor(settings, tmp_path / "worker.log", print) as kept:
        while (pid := kept.pid) is None:
            time.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_gets_these_settings_and_no_others(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("INVERSET_DEVICE", "tpu")
    monkeypatch.setenv("INVERSET_DATABASE_URL", "sqlite:///other")
    monkeypatch.setenv("SOMETHING", "else")
    given = environment(settings)
    assert given["INVERSET_DATA_DIR"] == str(tmp_path)
    assert given["INVERSET_WORKER"] == "kept"
    assert given["INVERSET_DEVICE"] == "auto"
    assert "INVERSET_DATABASE_URL" not in given
    assert given["SOMETHING"] == "else"
