"""``inverset api``, ``worker`` and ``beat``: where they cannot start, and what their checks say."""

import subprocess
import sys
import time

import pytest

from inverset.jobs import database, leases
from tests.inverset.command import environment, run
from tests.inverset.test_up import refused

LEASE = 2


@pytest.fixture
def enroll(settings):
    sessions = database.connect(settings.database)

    def enroll(name):
        with database.writing(sessions) as session:
            leases.enroll(session, name, "cpu")

    yield enroll
    sessions.kw["bind"].dispose()


def check(settings, name):
    more = {"INVERSET_DATABASE_URL": settings.database, "INVERSET_LEASE_SECONDS": str(LEASE)}
    return run("worker", "--check", "--name", name, **more)


def test_a_worker_is_well_while_it_is_heard_of(settings, enroll):
    refused(check(settings, "w"), "has had no heartbeat")
    enroll("another")
    assert check(settings, "w").code == 1
    enroll("w")
    assert check(settings, "w").code == 0
    time.sleep(LEASE)
    refused(check(settings, "w"), "has had no heartbeat")


def test_a_nameless_worker_is_told():
    refused(run("worker", "--check"), "name the worker")


def test_a_database_that_does_not_answer_is_no_health():
    url = "postgresql+psycopg://127.0.0.1:9/none"
    refused(run("worker", "--check", "--name", "w", INVERSET_DATABASE_URL=url), "does not answer")


def test_an_api_that_is_not_there_is_not_well(url):
    assert run("api", "--check", "--port", url.rsplit(":", 1)[1]).code == 0
    assert run("api", "--check", "--port", 9).code == 1


def test_an_open_api_is_for_this_machine(tmp_path):
    result = run(
        "api", "--host", "0.0.0.0", "--port", 0, INVERSET_DATA_DIR=str(tmp_path), INVERSET_AUTH="off"
    )
    refused(result, "listen on 127.0.0.1")


def test_beat_needs_a_redis(tmp_path):
    refused(run("beat"), "INVERSET_REDIS_URL is not set")
    more = {"INVERSET_REDIS_URL": "redis://127.0.0.1:9/0", "TMPDIR": str(tmp_path)}
    refused(run("beat", "--check", **more), "beat has not started yet")


def test_help_waits_for_neither_torch_nor_celery():
    code = "import sys; import inverset.cli; print([n for n in ('torch', 'celery', 'boto3', 'fastapi') if n in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def test_the_version_names_the_commit():
    assert run("--version", INVERSET_COMMIT="0123456789abcdef").out == "inverset 0.1.0 (0123456789ab)\n"
    assert run("--version").out.startswith("inverset 0.1.0")
