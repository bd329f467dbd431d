"""What is kept no longer goes, and nothing else."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from inverset import storage
from inverset.config.settings import Settings
from inverset.contract import paths
from inverset.contract.errors import NotFound
from inverset.jobs import claims, database, leases, retention, store
from inverset.jobs.retention import retain, sweep_orphans
from inverset.jobs.tables import Job, Sample, Webhook

SETTINGS = Settings()


@pytest.fixture
def folder(folder_store):
    return storage.open_store(folder_store)


@pytest.fixture
def end(sessions, post, folder):
    """A job with two images, a chunk and a checkpoint, that has ended and is past its day by so many days."""

    def end(days, **changes):
        job_id = post(webhook="https://1.1.1.1/", **changes)
        prefix = paths.job_folder(job_id)
        with database.writing(sessions) as session:
            claim = claims.claim(session, claims.Bidder("w"), Settings())
            assert claim.job_id == job_id
            names = [f"{prefix}images/{index:06d}-1.png" for index in range(2)]
            given = [
                leases.SavedSample(index, name, "0", 3, {"fc8:volcano": 1.5}, 1)
                for index, name in enumerate(names)
            ]
            chunk, checkpoint = f"{prefix}chunks/a", f"{prefix}checkpoints/a"
            for name in (*names, chunk, checkpoint):
                folder.put(name, b"abc")
            leases.save(session, claim, leases.Progress(given, chunk, checkpoint, {}))
            leases.fail(session, claim, "it broke", final=True)
            if days is not None:
                past = datetime.now(UTC) - timedelta(days=days)
                session.execute(update(Job).where(Job.id == job_id).values(expires_at=past))
        return job_id

    return end


def there(sessions, job_id):
    try:
        with sessions.begin() as session:
            return store.job(session, job_id)
    except NotFound:
        return None


def names(folder, job_id):
    return sorted(blob.name for blob in folder.names("jobs/") if f"/{job_id}/" in blob.name)


def count(sessions, table):
    with sessions.begin() as session:
        return session.scalar(select(func.count()).select_from(table))


def age(folder, name, hours=48):
    path = folder.folder / name
    then = datetime.now(UTC).timestamp() - hours * 3600
    os.utime(path, (then, then))


def test_jobs_past_their_day_go_with_all_that_is_theirs(sessions, folder, end):
    past, also, future, ever = end(1), end(0.001), end(-1), end(None)
    assert retain(sessions, folder, SETTINGS) == (2, 0)
    assert [there(sessions, job_id) is None for job_id in (past, also, future, ever)] == [
        True,
        True,
        False,
        False,
    ]
    assert names(folder, past) == names(folder, also) == []
    assert len(names(folder, future)) == len(names(folder, ever)) == 4
    assert (count(sessions, Sample), count(sessions, Webhook)) == (4, 2)
    assert retain(sessions, folder, SETTINGS) == (0, 0)


def test_a_job_that_is_tried_again_stays(sessions, folder, end):
    job_id = end(1)
    with database.writing(sessions) as session:
        store.retry(session, job_id, Settings())
        past = datetime.now(UTC) - timedelta(days=1)
        session.execute(update(Job).values(expires_at=past))  # though it should not be set
    assert retain(sessions, folder, SETTINGS) == (0, 0)
    assert there(sessions, job_id) is not None


def test_files_that_are_gone_already_are_no_hindrance(sessions, folder, end):
    job_id = end(1)
    folder.delete_prefix(paths.job_folder(job_id))
    assert retain(sessions, folder, SETTINGS) == (1, 0)


def test_orphans_go_when_they_are_old(sessions, folder, end):
    job_id = end(None)
    prefix = paths.job_folder(job_id)
    folder.put(paths.nearest_references(job_id), b"a sheet belongs to its job")
    folder.put(paths.sample_details(job_id), b"so do portraits")
    folder.put(paths.thumbnail(f"{prefix}images/000000-1.png"), b"a thumbnail to its sample")
    for name in names(folder, job_id):
        age(folder, name)
    kept = names(folder, job_id)
    old, new, gone, gone_new = (
        f"{prefix}images/9-2.webp",
        f"{prefix}chunks/b",
        paths.nearest_references("job_x"),
        "jobs/job_x/1",
    )
    for name in (old, new, gone, gone_new):
        folder.put(name, b"?")
    age(folder, old)
    age(folder, gone)
    folder.put("elsewhere/of/others", b"!")
    age(folder, "elsewhere/of/others")
    assert sweep_orphans(sessions, folder, 24) == 2
    assert names(folder, job_id) == sorted([*kept, new])
    assert names(folder, "job_x") == [gone_new]
    assert folder.exists("elsewhere/of/others")
    assert sweep_orphans(sessions, folder, 24) == 0


def test_in_every_store(sessions, store_url, post):
    """The age of files in a bucket cannot be set: so all are old here."""
    made = storage.open_store(store_url)
    job_id = post()
    kept, orphan = f"jobs/{job_id}/checkpoints/1", f"jobs/{job_id}/checkpoints/0"
    for name in (kept, orphan, "jobs/job_gone/images/0", "jobs/job_gone/images/1"):
        made.put(name, b"abc")
    with database.writing(sessions) as session:
        leases.save(
            session, claims.claim(session, claims.Bidder("w"), Settings()), leases.Progress([], "", kept, {})
        )
    assert sweep_orphans(sessions, made, 1) == 0
    assert sweep_orphans(sessions, made, -1) == 3
    assert [blob.name for blob in made.names("jobs/")] == [kept]


def test_one_at_a_time(sessions, folder, end):
    end(1)
    bind = sessions.kw["bind"]
    if bind.dialect.name == "sqlite":
        pytest.skip("SQLite has a single worker")
    with bind.connect() as other:
        other.execute(text("select pg_advisory_lock(:number)"), {"number": retention.RETAINING})
        assert retain(sessions, folder, SETTINGS) == (0, 0)
        other.execute(text("select pg_advisory_unlock(:number)"), {"number": retention.RETAINING})
    assert retain(sessions, folder, SETTINGS) == (1, 0)
    assert retain(sessions, folder, SETTINGS) == (0, 0)
