"""Whatever fails, no sample is lost, doubled or another: real processes, real faults, one check after each."""

import random

import pytest

from tests import services
from tests.end_to_end import faults
from tests.end_to_end.kills import kill
from tests.end_to_end.site import Site, site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("faults"),  # one stack for all, and for them alone
    pytest.mark.skipif(services.SKIPPED, reason="INVERSET_TEST_SERVICES=skip"),
]
N = 20
KILLS = 10


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(autouse=True)
def _settled(here: Site):
    """After each fault the same: all jobs end, and the ledger is right."""
    yield
    here.team.settle()


def test_whoever_is_killed(here: Site):
    for seed in (0, 1) * 3:
        here.team.ask(seed, N)
    killed = kill(here.stack, KILLS, random.Random(0), lambda: not here.team.ended())
    assert killed.total() == KILLS, f"too quick jobs to be killed so often: {killed}"


def test_a_database_that_restarts(here: Site):
    faults.restart_postgres(here, N)


def test_files_that_are_refused(here: Site):
    faults.refuse_files(here, N, 4)


def test_files_that_are_slow(here: Site):
    faults.slow_files(here, N, 4, 0.5)


def test_a_full_disk(here: Site):
    if here.disk is None:
        pytest.skip("a small disk can be mounted by root alone")
    faults.fill_disk(here, N)


def test_a_worker_that_freezes(here: Site):
    faults.freeze(here, N)


def test_a_worker_that_freezes_in_a_transaction(here: Site):
    faults.freeze_in_transaction(here, N)


def test_wrong_clocks(here: Site):
    faults.shift_clocks(here, N)


def test_the_end_of_a_worker_in_between(here: Site):
    faults.end_in_between(here, N)


def test_a_part_that_kills_its_worker(here: Site):
    faults.poison(here, N)
