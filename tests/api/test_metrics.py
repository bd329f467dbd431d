"""The figures as Prometheus reads them: true, and not for everybody."""

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from inverset.api import metrics
from inverset.jobs.database import writing
from inverset.jobs.tables import User
from tests.api.conftest import serving
from tests.api.keyring import bearing, prepare


@pytest.fixture
def figures(client, monkeypatch):
    """Scrape; gives values by name and labels."""
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)

    def figures():
        answer = client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        return {
            ((sample.name, *sample.labels.values()) if sample.labels else sample.name): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return figures


def test_jobs_samples_and_waiting(figures, post, deliver, succeed, sessions, client):
    assert figures()["inverset_jobs", "queued"] == figures()["inverset_oldest_wait_seconds"] == 0
    job_id = post(n=2, webhook="https://1.1.1.1/")["id"]
    succeed(deliver(1.5, 1.6))
    post()
    with writing(sessions) as session:
        session.execute(update(User).values(gpu_seconds=12.5))
    time.sleep(0.01)
    result = figures()
    assert (result["inverset_jobs", "succeeded"], result["inverset_jobs", "queued"]) == (1, 1)
    assert result["inverset_jobs", "failed"] == 0
    assert result["inverset_samples"] == 2
    assert result["inverset_stored_bytes"] == client.get(f"/v1/jobs/{job_id}").json()["stored_bytes"] > 0
    assert result["inverset_gpu_seconds_total", "local"] == 12.5
    assert 0 < result["inverset_oldest_wait_seconds"] < 60
    assert (result["inverset_webhooks_waiting"], result["inverset_webhooks_given_up"]) == (1, 0)
    assert (result["inverset_paused"], result["inverset_workers"], result["inverset_running_parts"]) == (
        0,
        0,
        0,
    )


def test_paused_shows(figures, client):
    assert client.post("/v1/admin/pause").is_success
    assert figures()["inverset_paused"] == 1


def test_many_who_ask_cost_one_count(client, post):
    first = client.get("/metrics").text
    post()
    assert client.get("/metrics").text == first


def test_for_admins_and_the_key_of_its_own(tables_url, tmp_path):
    settings, keys = prepare(tables_url, tmp_path, metrics_key="scrape-me")
    with serving(settings) as client:

        def status(key, path="/metrics"):
            return client.get(path, headers=bearing(key)).status_code

        assert [status(key) for key in (None, keys["bad"], keys["ann"])] == [401, 401, 403]
        assert [status(key) for key in (keys["root"], "scrape-me")] == [200, 200]
        assert status("scrape-me", "/v1/jobs") == 401
    with serving(settings.model_copy(update={"metrics_key": None})) as client:
        assert client.get("/metrics", headers={"Authorization": "Bearer"}).status_code == 401
