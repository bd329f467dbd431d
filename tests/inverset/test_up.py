"""``inverset up`` where it cannot start, and ``inverset db upgrade``."""

import fcntl
import json
import os
import signal
import socket
import sqlite3
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy.exc import SQLAlchemyError

from inverset import Client, local, migrations
from inverset.commands.serving import first_key
from inverset.config.settings import Settings
from inverset.errors import UserError, of_system
from inverset.sampler import zoo
from inverset.sampler.zoo import ZooError, own
from tests.inverset.command import finish, run, start
from tests.sampler.zoo.own.lab import NETWORK, furnish
from tests.services import free_port


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def refused(said, why):
    assert said.code == 1
    assert why in said.err
    assert said.err.count("\n") == 1, said.err
    assert said.out == ""


def test_a_port_in_use_is_told_before_a_worker_is_started(tmp_path, taken):
    refused(run("up", "--data", tmp_path / "data", "--port", taken), f"port {taken} of 127.0.0.1 is in use")
    assert not (tmp_path / "data").exists()


def test_nobody_else_is_let_in(tmp_path):
    refused(run("up", "--data", tmp_path / "data", "--host", "0.0.0.0", "--port", 0), "listen on 127.0.0.1")


def test_a_folder_has_one_server(tmp_path):
    with (tmp_path / "up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused(run("up", "--data", tmp_path, "--port", 0), "another `inverset up` uses")


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "inverset.db").write_bytes(b"a thesis" * 1000)
    refused(run("up", "--data", tmp_path, "--port", 0), "file is not a database")
    assert not (tmp_path / "worker.log").exists()


def test_a_data_folder_that_is_a_file_is_told(tmp_path):
    file = tmp_path / "file"
    file.write_text("years")
    refused(run("up", "--data", file / "below", "--port", 0), str(file))


def test_a_wrong_variable_is_named(tmp_path):
    refused(run("up", "--data", tmp_path, INVERSET_SLICE_SECONDS="long"), "INVERSET_SLICE_SECONDS='long'")


def test_a_wrong_store_is_named(tmp_path):
    refused(
        run("up", "--data", tmp_path, "--port", 0, INVERSET_BLOB_URL="ftp://x"),
        "INVERSET_BLOB_URL is 'ftp://x'",
    )


def test_requests_are_logged_where_a_log_is_asked_for(tmp_path):
    port = free_port()
    server = start("up", "--data", tmp_path, "--port", port, INVERSET_LOG="json")
    with Client(f"http://127.0.0.1:{port}") as client:
        until = time.monotonic() + 60
        while not client.ready():
            assert time.monotonic() < until
            time.sleep(0.1)
        assert list(client.jobs()) == []
    server.send_signal(signal.SIGTERM)
    answer = [json.loads(line) for line in finish(server).err.splitlines() if line.startswith("{")]
    assert [(each["status"], each["level"]) for each in answer if each.get("route") == "/v1/jobs"] == [
        (200, "info")
    ]


def test_a_log_in_json_has_the_upgrade_of_the_database_too(tmp_path):
    told = run("db", "upgrade", INVERSET_DATA_DIR=str(tmp_path), INVERSET_LOG="json")
    events = [json.loads(line)["event"] for line in (told.out + told.err).splitlines()]
    assert told.code == 0
    assert events[-1].endswith("is up to date")


def test_the_database_is_upgraded(tmp_path):
    for _ in range(2):
        assert run("db", "upgrade", INVERSET_DATA_DIR=str(tmp_path)).code == 0
    with sqlite3.connect(tmp_path / "inverset.db") as connection:
        tables = {name for (name,) in connection.execute("select name from sqlite_master")}
    assert {"jobs", "parts", "samples"} <= tables


@pytest.mark.parametrize("url", ["what", "postgresql+psycopg://127.0.0.1:9/none"])
def test_a_database_that_cannot_be_had_is_told(url):
    refused(run("db", "upgrade", INVERSET_DATABASE_URL=url), "cannot be had")


def test_a_database_of_a_newer_version_is_told(tmp_path):
    migrations.upgrade(Settings(data_dir=tmp_path).database)
    with sqlite3.connect(tmp_path / "inverset.db") as connection:
        connection.execute("update alembic_version set version_num = 'ffff0000newer'")
    connection.close()
    why = f"the database {tmp_path}/inverset.db cannot be used: it was made by a newer Inverset"
    refused(run("up", "--data", tmp_path, "--port", 0), why)
    refused(run("db", "upgrade", INVERSET_DATA_DIR=str(tmp_path)), why)


@pytest.fixture
def closed():
    """A folder that this process may read and not write, though root runs it."""
    with TemporaryDirectory(prefix="inverset-closed-") as folder:
        path, user = Path(folder, "data"), os.geteuid()
        furnish(path, 2)
        for each in (Path(folder), path, path / "photos"):
            each.chmod(0o555)
        if not user:
            os.seteuid(65534)
        try:
            yield path
        finally:
            os.seteuid(user)
            Path(folder).chmod(0o755)
            path.chmod(0o755)


def test_a_data_folder_that_cannot_be_written_is_told(closed):
    settings = Settings(data_dir=closed)
    with (
        pytest.raises(
            UserError, match=f"the data folder {closed} cannot be written: {closed}/up.lock: Permission"
        ),
        local.embedded(settings, "127.0.0.1", 0, lambda _: None),
    ):
        pass
    with pytest.raises(ZooError, match=f"toy: {closed}/models: Permission denied"):
        zoo.load("toy", own=closed)
    with pytest.raises(OSError, match="Permission denied") as caught:
        own.add(closed, "twin", {"network": NETWORK})
    assert of_system(caught.value) == f"{closed}/models.toml.lock: Permission denied"
    with pytest.raises(SQLAlchemyError) as refusal:
        migrations.upgrade(settings.database)
    assert "unable to open database file" in migrations.why_not(settings.database, refusal.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ""),
        ({"auth": "off"}, ""),
        ({"auth": "required"}, "export INVERSET_DATA_DIR=/data; inverset users add ada --admin; "),
        ({"auth": "required", "database_url": "sqlite:////x.db"}, "inverset users add ada --admin; "),
    ],
)
def test_where_a_key_is_needed_the_screen_says_how_to_make_the_first_one(settings, words):
    answer = first_key(Settings(data_dir="/data", **settings))
    assert answer.startswith(words)
    assert bool(answer) == bool(words)
