"""Who is told, as users ask for it and see it."""

import pytest
from sqlalchemy import update

from inverset.jobs import database
from inverset.jobs.tables import Webhook
from inverset.worker.webhook_sender import deliver_due
from tests.api.conftest import serving
from tests.jobs.catalogue_of_scenes import body
from tests.receiver import receiving

PUBLIC = "https://1.1.1.1/told"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://localhost/", "http://2130706433/"])
def test_an_address_of_the_house_is_refused_and_nothing_created(client, url):
    answer = client.post("/v1/jobs", json=body(webhook=url))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["loc"] == ["webhook"]
    assert client.get("/v1/jobs").json()["items"] == []


def test_names_are_not_looked_up_while_somebody_waits(client):
    """Were they, the answers would differ, and with a name server that is silent they would come late."""
    messages = [
        client.post("/v1/jobs", json=body(webhook=f"https://{host}/"))
        for host in ("nowhere.invalid", "redis")
    ]
    assert [answer.status_code for answer in messages] == [202, 202]


@pytest.mark.parametrize("url", ["ftp://example.org/", "https://a:b@example.org/", "example.org", 7])
def test_what_is_no_address(client, url):
    answer = client.post("/v1/jobs", json=body(webhook=url))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["webhook"]


def test_the_log_of_a_job(client, post):
    job_id = post(webhook=PUBLIC)["id"]
    assert client.get(f"/v1/jobs/{job_id}/webhooks").json() == []
    client.post(f"/v1/jobs/{job_id}/cancel")
    (message,) = client.get(f"/v1/jobs/{job_id}/webhooks").json()
    assert (message["event"], message["url"]) == ("job.canceled", PUBLIC)
    assert (message["delivered"], message["attempts"]) == (None, [])
    assert message["due"] is not None


def test_sent_again(settings, sessions):
    settings = settings.model_copy(update={"webhook_allow": "127.0.0.1"})
    with receiving() as receiver, serving(settings) as client:
        job_id = client.post("/v1/jobs", json=body(webhook=receiver.url())).json()["id"]
        client.post(f"/v1/jobs/{job_id}/cancel")
        assert deliver_due(sessions, settings) == 1
        log = f"/v1/jobs/{job_id}/webhooks"
        (message,) = client.get(log).json()
        assert message["delivered"] is not None
        answer = client.post(f"{log}/{message['id']}/retry")
        assert (answer.status_code, answer.json()["delivered"]) == (202, None)
        assert deliver_due(sessions, settings) == 1
        (message,) = client.get(log).json()
        assert [each["status"] for each in message["attempts"]] == [204, 204]
        assert len({output.headers["webhook-id"] for output in receiver.told}) == 1


def test_it_is_not_sent_again_for_ever(client, post, sessions):
    job_id = post(webhook=PUBLIC)["id"]
    client.post(f"/v1/jobs/{job_id}/cancel")
    (message,) = client.get(f"/v1/jobs/{job_id}/webhooks").json()
    attempt = {"at": message["created"], "status": 500, "error": None, "seconds": 1.0}
    with database.writing(sessions) as session:
        session.execute(update(Webhook).values(attempts=[attempt] * 50))
    refused = client.post(f"/v1/jobs/{job_id}/webhooks/{message['id']}/retry")
    assert (refused.status_code, "50 times" in refused.json()["detail"]) == (409, True)


def test_a_message_of_another_job_is_not_found(client, post):
    first, second = post(webhook=PUBLIC)["id"], post()["id"]
    client.post(f"/v1/jobs/{first}/cancel")
    (message,) = client.get(f"/v1/jobs/{first}/webhooks").json()
    assert client.post(f"/v1/jobs/{second}/webhooks/{message['id']}/retry").status_code == 404
    assert client.post(f"/v1/jobs/{first}/webhooks/msg_x/retry").status_code == 404
    assert client.get("/v1/jobs/job_x/webhooks").status_code == 404


def test_the_secret_is_made_once_and_changed_on_demand(client):
    answer = client.get("/v1/me/webhook-secret")
    assert answer.headers["cache-control"] == "no-store"
    first = answer.json()["secret"]
    assert first.startswith("whsec_")
    assert client.get("/v1/me/webhook-secret").json()["secret"] == first
    second = client.post("/v1/me/webhook-secret").json()["secret"]
    assert second != first
    assert client.get("/v1/me/webhook-secret").json()["secret"] == second


def test_how_long_a_job_is_kept(settings):
    with serving(settings.model_copy(update={"retention_days": 30})) as client:
        kept = client.post("/v1/jobs", json=body()).json()
        assert (kept["spec"]["retention_days"], kept["expires"], kept["stored_bytes"]) == (30, None, 0)
        own = client.post("/v1/jobs", json=body(retention_days=2)).json()
        assert own["spec"]["retention_days"] == 2
        assert client.post(f"/v1/jobs/{own['id']}/cancel").json()["expires"] is not None


def test_the_team_is_not_shown_the_address(client, post):
    assert post(webhook=PUBLIC)["spec"]["webhook"] == PUBLIC
    job = post(webhook=PUBLIC, visibility="team")
    assert job["spec"]["webhook"] is None
    client.post(f"/v1/jobs/{job['id']}/cancel")
    assert client.get(f"/v1/jobs/{job['id']}/webhooks").json()[0]["url"] == PUBLIC
