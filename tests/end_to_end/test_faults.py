"""Whatever fails, no sample is lost, doubled or another: real processes, real faults, one check after each."""

import random

import pytest
from sqlalchemy import delete, update

from inverset.jobs import store
from inverset.jobs.database import writing
from inverset.jobs.tables import Job, Part, Sample
from inverset.storage import open_store
from tests import services
from tests.end_to_end import faults, ledger
from tests.end_to_end.kills import kill
from tests.end_to_end.site import Site, site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(services.SKIPPED, reason="INVERSET_TEST_SERVICES=skip"),
]
N = 20
KILLS = 10
NAME = "fc8:volcano"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made
        made.team.settle_all()


@pytest.fixture(autouse=True)
def _settled(here: Site):
    """After each fault the same: all jobs end, and the ledger is right."""
    yield
    here.team.settle()


def test_whoever_is_killed(here: Site):
    for seed in (0, 1) * 5:
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


def test_the_ledger_finds_what_is_wrong(here: Site):
    """After damage by hand, for a check that cannot fail says nothing."""
    job_id = here.team.ask(0, N)
    here.team.settle()
    sample, blobs = sample_of(here, job_id), open_store(here.stack.blob_url)
    checkpoint = f"jobs/{job_id}/checkpoints/left"
    blobs.put(checkpoint, b"")
    change(here, update(Part).where(Part.job_id == job_id, Part.number == 0).values(checkpoint=checkpoint))
    assert complaints(here) == [f"keeps ['{checkpoint}'] and lacks []"]
    change(here, update(Part).where(Part.job_id == job_id).values(checkpoint=None))

    mine = Sample.job_id == job_id, Sample.index == sample.index
    change(here, update(Job).where(Job.id == job_id).values(stored_bytes=Job.stored_bytes + 1))
    change(here, update(Sample).where(*mine).values(step=Sample.step + 1, activations={NAME: 0.0}))
    result = "; ".join(complaints(here))
    for words in ("its row says 0.0", "other steps", "other activations", "bytes of files"):
        assert words in result
    assert "other pictures" not in result

    pack = bytearray(blobs.get(sample.blob))
    pack[sample.offset] ^= 1
    blobs.put(sample.blob, bytes(pack))
    assert f"{sample.index} is another file than its row says" in complaints(here)
    blobs.delete(sample.blob)
    assert f"{sample.index} is a row without a file" in complaints(here)
    change(here, delete(Sample).where(*mine))
    assert f"lacks [{sample.index}], has [] doubled" in complaints(here)
    with writing(here.stack.sessions) as session:
        store.delete_job(session, job_id)
    here.team.forget(job_id)


def complaints(here: Site) -> list[str]:
    """What the ledger says of the last job."""
    with pytest.raises(AssertionError) as told:
        ledger.check(here.stack, here.team.jobs[-1:])
    return [line.split(" ", maxsplit=1)[1] for line in str(told.value).splitlines()]


def sample_of(here: Site, job_id: str) -> Sample:
    with here.stack.sessions.begin() as session:
        return session.get(Sample, (job_id, 3))


def change(here: Site, statement) -> None:
    with writing(here.stack.sessions) as session:
        session.execute(statement)
