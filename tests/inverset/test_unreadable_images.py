"""Photographs that belong to another user, as those that `docker compose cp` leaves in a container."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from inverset.commands.models import trying
from inverset.sampler.zoo.own import walking
from inverset.screen import say
from tests.sampler.zoo.own.lab import photograph

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs two users")
OTHER = 65534


@pytest.fixture
def photographs():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        photograph(Path(folder) / "photographs", 3)
        yield Path(folder) / "photographs"


@contextmanager
def another_user():
    os.seteuid(OTHER)
    try:
        yield
    finally:
        os.seteuid(0)


def test_files_and_folders_that_another_user_may_not_read_are_found(photographs):
    first, *_ = sorted(photographs.rglob("*.*"))
    first.chmod(0o600)
    closed = photographs / "closed"
    closed.mkdir(mode=0o700)
    with another_user():
        assert walking.unreadable(photographs) == sorted([first, closed])
    assert walking.unreadable(photographs) == []


def test_the_command_that_makes_them_readable_is_told_and_works(photographs, capsys):
    for path in photographs.rglob("*.*"):
        path.chmod(0o600)
    say("this: loads what rich imports late, which the other user may not read")
    with another_user():
        trying._tell_unreadable(photographs)
    told = capsys.readouterr().err
    command = f"chmod -R a+rX {photographs}"
    assert f"user {OTHER} cannot read" in told
    assert f"docker compose exec --privileged --user root worker {command}" in told
    assert os.system(command) == 0
    with another_user():
        assert walking.unreadable(photographs) == []
