"""Limits of a user hold, however many requests come at the same time: on PostgreSQL, where transactions overlap."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update

from inverset.jobs import database
from inverset.jobs.claims import Bidder, claim
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Job, Part
from tests.api.conftest import serving
from tests.api.keyring import bearing, prepare
from tests.api.test_sweeps import sweep
from tests.jobs.catalogue_of_scenes import body

AT_ONCE, MOST = 60, 20


@pytest.fixture
def served(postgres_tables, tmp_path):
    """A client of a server with accounts, its settings, and ann's headers."""
    settings, keys = prepare(postgres_tables, tmp_path, max_queued=MOST, max_stored_bytes=1000, max_running=3)
    with serving(settings) as client:
        yield client, settings, bearing(keys["ann"])


def at_once(client, key, *requests):
    """The status codes of requests that are sent at the same time, counted."""
    with ThreadPoolExecutor(len(requests)) as threads:
        answers = list(threads.map(lambda each: client.post(each[0], json=each[1], headers=key), requests))
    return Counter(answer.status_code for answer in answers)


def used(client, key):
    return client.get("/v1/me", headers=key).json()["limits"]["queued"]["used"]


def test_queued_jobs_under_parallel_posts(served):
    client, _, key = served
    assert at_once(client, key, *[("/v1/jobs", body(n=1))] * AT_ONCE) == {202: MOST, 429: AT_ONCE - MOST}
    assert used(client, key) == MOST


def test_queued_jobs_under_parallel_sweeps_and_posts(served):
    client, _, key = served
    mixed = [("/v1/sweeps", sweep(n=1)), ("/v1/jobs", body(n=1))] * (AT_ONCE // 2)
    assert set(at_once(client, key, *mixed)) == {202, 429}
    assert used(client, key) == MOST


def test_queued_jobs_under_parallel_retries(served):
    client, _, key = served
    canceled = []
    for _ in range(2):
        made = [client.post("/v1/jobs", json=body(n=1), headers=key).json()["links"] for _ in range(MOST)]
        for links in made:
            client.post(links["cancel"], headers=key)
        canceled += made
    tried = at_once(client, key, *[(f"{links['self']}/retry", None) for links in canceled])
    assert tried == {200: MOST, 429: MOST}
    assert used(client, key) == MOST


def test_a_sweep_is_tried_again_whole_or_not_at_all(served):
    client, _, key = served
    made = client.post("/v1/sweeps", json=sweep(n=1), headers=key).json()["links"]
    client.post(made["cancel"], headers=key)
    for _ in range(MOST - 1):
        client.post("/v1/jobs", json=body(n=1), headers=key)
    assert client.post(f"{made['self']}/retry", headers=key).status_code == 429
    assert used(client, key) == MOST - 1


def test_stored_bytes_under_parallel_posts(served):
    client, settings, key = served
    client.post("/v1/jobs", json=body(n=1), headers=key)
    sessions = database.connect(settings.database)
    with database.writing(sessions) as session:
        session.execute(update(Job).values(stored_bytes=1000))
    sessions.kw["bind"].dispose()
    mixed = [("/v1/sweeps", sweep(n=1)), ("/v1/jobs", body(n=1))] * (AT_ONCE // 2)
    assert at_once(client, key, *mixed) == {429: AT_ONCE}


def test_running_parts_under_parallel_claims(served):
    client, settings, key = served
    at_once(client, key, *[("/v1/jobs", body(n=1))] * MOST)
    sessions = database.connect(settings.database)

    def take(number):
        with database.writing(sessions) as session:
            return claim(session, Bidder(f"worker-{number}"), settings)

    with ThreadPoolExecutor(16) as threads:
        claimed = [each for each in threads.map(take, range(16)) if each]
    with sessions.begin() as session:
        running = session.scalar(select(func.count()).where(Part.state == Status.RUNNING))
    sessions.kw["bind"].dispose()
    assert len(claimed) == running == 3
