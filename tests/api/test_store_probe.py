"""The store of files as /readyz tells of it."""

import time

import pytest

from inverset.api import store_probe
from inverset.api.store_probe import StoreProbe
from inverset.storage import open_store


@pytest.fixture
def settings(settings, s3_proxy):
    return settings.model_copy(update={"blob_url": s3_proxy[0]})


def test_a_store_that_is_away_is_told_and_jobs_are_taken(client, post, s3_proxy, monkeypatch):
    monkeypatch.setattr(store_probe, "KEPT_SECONDS", 0.0)
    assert client.get("/readyz").json()["files"] == "ok"
    s3_proxy[1].close()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["files"]) == (200, "away")
    assert post()["state"] == "queued"
    s3_proxy[1].open()
    until = time.monotonic() + 20
    while client.get("/readyz").json()["files"] != "ok":
        assert time.monotonic() < until
        time.sleep(0.1)


def test_nobody_waits_long_for_a_store_that_hangs(s3_proxy, monkeypatch):
    monkeypatch.setattr(store_probe, "PATIENCE", 0.2)
    url, way = s3_proxy
    way.delay = 2
    result = StoreProbe(open_store(url))
    began = time.monotonic()
    assert not any(result.is_up() for _ in range(3))
    assert time.monotonic() - began < 1.5
    time.sleep(3)
    assert result.is_up()


def test_it_is_not_asked_each_time(s3_proxy):
    url, way = s3_proxy
    result = StoreProbe(open_store(url))
    assert result.is_up()
    way.close()
    assert result.is_up()
