"""``inverset users``, ``inverset keys``, ``inverset me``; and a server at home that wants keys."""

import re
import signal
import time

import pytest

from inverset import Client, ProblemResponse
from inverset.api.auth import LATELY_SECONDS
from tests.inverset.command import finish, run, start


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"auth": "required"})


@pytest.fixture
def here(settings):
    """Run a command on the server's database."""

    def here(*args):
        return run(*args, INVERSET_DATABASE_URL=settings.database)

    return here


def test_a_user_gets_a_key_and_loses_it(here, url):
    assert here("users", "add", "ann", "--weight", 2).code == 0
    assert here("users", "add", "root", "--admin").code == 0
    listed = here("users", "list").out
    assert re.search(r"ann +member +2 ", listed)
    assert re.search(r"root +admin +1 ", listed)
    made = here("keys", "create", "ann", "--days", 30)
    key = made.out.removesuffix("\n")
    assert re.fullmatch(r"inv_[0-9a-f]{8}_[\w-]{43}", key)  # on standard output alone
    assert key not in made.err
    answer = run("me", "--server", url, INVERSET_KEY=key)
    assert "ann" in answer.out
    assert "0 of 10000" in answer.out
    keys = here("keys", "list").out
    assert key[4:12] in keys
    assert key[13:] not in keys
    assert here("keys", "revoke", key[4:12]).code == 0
    assert "revoked" in here("keys", "list", "ann").out
    time.sleep(LATELY_SECONDS)
    refused = run("me", "--server", url, INVERSET_KEY=key)
    assert (refused.code, "was revoked" in refused.err) == (1, True)


def test_what_makes_no_sense_is_told(here):
    assert "is not a valid user name" in here("users", "add", "ann/bob").err
    assert "already a user local" in here("users", "add", "local").err
    assert "no user 'bob'" in here("keys", "create", "bob").err
    assert "no key 'x'" in here("keys", "revoke", "x").err
    assert here("users", "add", "ann", "--weight", 0).code == 2
    assert here("keys", "create", "local", "--days", -1).code == 2


def test_a_database_without_tables_is_told(tmp_path):
    result = run("users", "list", INVERSET_DATA_DIR=str(tmp_path))
    assert (result.code, "inverset db upgrade" in result.err) == (1, True)


def test_a_client_without_a_key_is_refused(url):
    with Client(url) as client, pytest.raises(ProblemResponse, match="needs an API key") as caught:
        client.jobs().__next__()
    assert caught.value.status == 401


def test_a_server_at_home_wants_keys_where_that_was_said(tmp_path):
    """It answers, and is ready, though nobody has a key yet."""
    data = tmp_path / "data"
    server = start("up", "--data", data, "--port", 0, INVERSET_AUTH="required", INVERSET_DEVICE="cpu")
    try:
        answer = ""
        while "server" not in answer:
            answer += server.stderr.readline()
        url = re.search(r"http://127.0.0.1:\d+", answer)[0]
        assert run("me", "--server", url).code == 1
        key = run("keys", "create", "local", INVERSET_DATA_DIR=str(data)).out.strip()
        assert "admin" in run("me", "--server", url, INVERSET_KEY=key).out
    finally:
        server.send_signal(signal.SIGINT)
        finish(server)


def test_a_folder_without_a_database_is_said_with_the_way_out(tmp_path):
    refused = run("users", "add", "ada", INVERSET_DATA_DIR=str(tmp_path))
    assert refused.code == 1
    for words in ("INVERSET_DATA_DIR", "INVERSET_DATABASE_URL", "inverset db upgrade"):
        assert words in " ".join(refused.err.split())
