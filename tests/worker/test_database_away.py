"""Jobs while PostgreSQL cannot be reached, for longer than any lease."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from inverset.config.settings import Settings
from inverset.jobs import claims, clock, database, fairshare, leases, samples, store
from inverset.jobs.lifecycle import ENDED, Status
from inverset.worker.database_watch import DatabaseWatch
from tests.proxy import proxy
from tests.worker.conftest import content, finish, start, wait_for

N, JOBS = 16, 3
LEASE = 5.0  # seconds


@pytest.fixture
def way(postgres_tables):
    """To PostgreSQL; its URL is that of the settings."""
    url = make_url(postgres_tables)
    with proxy(url.host, url.port) as way:
        way.url = url.set(host="127.0.0.1", port=way.port).render_as_string(hide_password=False)
        yield way


@pytest.fixture
def settings(tmp_path, way) -> Settings:
    return Settings(
        data_dir=tmp_path, database_url=way.url, idle_seconds=0.05, save_seconds=0.05, lease_seconds=LEASE,
        slice_seconds=1, device="cpu",
    )  # fmt: skip


@pytest.fixture
def blamed(monkeypatch):
    """What counts against a part: failures, and workers that were taken for dead."""
    found = []
    for module, name in ((leases, "fail"), (fairshare, "write_off")):
        monkeypatch.setattr(module, name, lambda *_, name=name, **__: found.append(name))
    return found


@pytest.fixture
def undisturbed(services, hire, post):
    """What undisturbed jobs of these seeds deliver."""
    jobs = [post(n=N, seed=seed) for seed in range(JOBS)]
    finish(hire())
    return [content(services, job) for job in jobs]


@pytest.mark.parametrize("leases_long", [0.3, 2])
def test_postgres_away_in_the_middle_of_jobs_is_nobodys_failure(  # noqa: PLR0917
    services, hire, act, post, way, undisturbed, blamed, leases_long
):
    jobs = [post(n=N, seed=seed) for seed in range(JOBS)]
    end = start(hire())  # one: two workers are two processes, as PyTorch's tracing is of a whole process
    wait_for(lambda: act(samples.count, jobs[0]) > 0, 60)
    way.close()
    time.sleep(leases_long * LEASE)
    way.open()

    def all_ended():
        with database.readers(services.sessions)() as session:
            return all(store.job(session, job).state in ENDED for job in jobs)

    wait_for(all_ended, 200)
    end()
    assert [act(store.job, job).state for job in jobs] == [Status.SUCCEEDED] * JOBS
    assert blamed == []
    assert [content(services, job) for job in jobs] == undisturbed


def test_what_counts_as_away(way, services):
    way.close()
    with pytest.raises(OperationalError) as error, services.sessions.begin() as session:
        clock.now(session)
    assert database.is_away(error.value)
    way.open()
    with pytest.raises(OperationalError) as error, services.sessions.begin() as session:
        session.connection().exec_driver_sql("set statement_timeout = 1; select pg_sleep(1)")
    assert not database.is_away(error.value)


def test_a_dead_workers_part_is_taken_a_lease_later_after_an_outage(hire, act, post, way):
    post(n=N)
    dead, alive = hire("dead"), hire("alive")
    assert claims_of(act, dead)
    at = act(clock.now) + timedelta(seconds=1.5 * LEASE)
    away = OperationalError("", {}, BaseException(), connection_invalidated=True)
    alive.services.database.missed(away)
    assert not claims_of(act, alive, at)
    assert claims_of(act, alive, at + timedelta(seconds=LEASE))


def claims_of(act, worker, at=None):
    return act(claims.claim, worker.bidder, worker.services.settings, at) is not None


def test_grace_ends_a_lease_after_the_database_is_back():
    watch = DatabaseWatch(0.2)
    watch.reached()
    assert watch.grace == timedelta(0)
    watch.missed(OperationalError("", {}, BaseException("database is locked")))
    assert watch.grace == timedelta(0)
    watch.missed(OperationalError("", {}, BaseException(), connection_invalidated=True))
    watch.reached()
    assert watch.grace == timedelta(seconds=0.2)
    time.sleep(0.3)
    assert watch.grace == timedelta(0)
