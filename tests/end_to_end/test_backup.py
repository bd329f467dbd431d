"""A backup as docs/operations.md has it, and the way back into a service that has nothing."""

import subprocess

import pytest

from inverset import Client
from tests import services
from tests.end_to_end.stack import Stack
from tests.inverset.command import run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(services.SKIPPED, reason="INVERSET_TEST_SERVICES=skip"),
]
ASKED = {"model": "scenes", "neurons": [{"neuron": "fc8:volcano", "range": [1, 3]}], "k": 10}


def tool(name, stack, *words, **how):
    url = stack.database_url.replace("+psycopg", "")
    return subprocess.run([services.program(name, "postgresql-client"), *words, "-d", url], check=True, **how)


def manifest(gallery):
    return (gallery / "manifest.json").read_bytes()


def test_what_was_backed_up_is_there_again(tmp_path):
    kept = tmp_path / "backup"
    with Stack(tmp_path / "one", save_seconds=0.2) as before, Client(before.url, before.key("ann")) as client:
        key = before.key("bob")
        ended = client.submit({**ASKED, "n": 12, "visibility": "team"})["id"]
        assert client.wait(ended)["state"] == "succeeded"
        running = client.submit({**ASKED, "n": 60, "visibility": "team"})["id"]
        while not client.job(running)["progress"]["accepted"]:
            pass
        before["worker-1"].terminate()
        tool("pg_dump", before, "-Fc", "-f", str(tmp_path / "dump"))
        before.command("files", "backup", str(kept))
        first = client.download(ended, tmp_path / "first")

    with Stack(tmp_path / "two", workers=1, lease_seconds=5) as after:
        tool("pg_restore", after, "--clean", "--if-exists", "--no-owner", str(tmp_path / "dump"))
        after.command("files", "restore", str(kept))
        with Client(after.url, key) as client:
            second = client.download(ended, tmp_path / "second")
            assert manifest(second) == manifest(first)
            assert run("verify", second).code == 0
            assert client.wait(running)["progress"]["accepted"] == 60
            assert run("verify", client.download(running, tmp_path / "third")).code == 0
