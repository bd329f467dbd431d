"""``python -m inverset.probe``: what a container's health check says, and that it costs next to nothing."""

import os
import subprocess
import sys
import time

import pytest

from inverset.config import liveness
from tests.inverset.command import environment


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder for temporary files of this machine's processes."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def probe(here, process, **more):
    command = [sys.executable, "-m", "inverset.probe", process]
    return subprocess.run(
        command, env=environment(TMPDIR=str(here), **more), capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("process", "of"), [("beat", "beat"), ("worker", "worker-gpu0/a")])
def test_a_process_is_healthy_while_it_renews_its_file(here, process, of):
    result = probe(here, process, INVERSET_WORKER="gpu0/a")
    assert (result.returncode, "has not started yet" in result.stderr) == (1, True)
    liveness.renew(of, 60)
    assert probe(here, process, INVERSET_WORKER="gpu0/a").returncode == 0
    (file,) = here.glob("inverset-*")
    past = time.time() - 61
    os.utime(file, (past, past))
    result = probe(here, process, INVERSET_WORKER="gpu0/a")
    assert (result.returncode, "no sign of life for 61 s" in result.stderr) == (1, True)


def test_an_api_is_healthy_while_it_is_ready(here, url):
    assert probe(here, "api", INVERSET_PORT=url.rsplit(":", 1)[1]).returncode == 0
    assert probe(here, "api", INVERSET_PORT="9").returncode == 1


def test_a_probe_loads_nothing_of_the_service():
    script = "import inverset.probe, sys; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    ours = {name for name in loaded.stdout.split() if name.startswith("inverset")}
    assert ours == {"inverset", "inverset.config", "inverset.config.liveness", "inverset.probe"}
    assert not {"pydantic", "sqlalchemy", "fastapi", "celery"} & {*loaded.stdout.split()}


def test_a_full_disk_ends_no_process(here, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(here / "missing"))
    liveness.renew("beat", 60)
    assert liveness.failure("beat") == "beat has not started yet"
