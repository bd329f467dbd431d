"""Messages reach who is to be told, once, signed, and nobody else."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.jobs import database, store, webhooks
from inverset.jobs.posting import Origin
from inverset.jobs.tables import Webhook
from inverset.worker.webhook_sender import deliver_due
from tests.jobs.catalogue_of_scenes import CATALOGUE, spec
from tests.receiver import receiving


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def settings(tables_url, tmp_path):
    return Settings(
        database_url=tables_url, data_dir=tmp_path, webhook_allow="127.0.0.0/8", webhook_seconds=5
    )


@pytest.fixture
def sessions(settings):
    made = database.connect(settings.database)
    with database.writing(made) as session:
        store.publish_model(session, CATALOGUE)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def end(sessions):
    """Post a job with a webhook and cancel it; gives its id."""

    def end(url):
        question = spec(webhook=url)
        with database.writing(sessions) as session:
            resolved = resolution.resolve(store.offered(session, "toy", question.names), question)
            job_id = store.post_job(session, question, resolved, Origin("local"), Settings()).id
            store.cancel(session, job_id)
        return job_id

    return end


def log_of(sessions, job_id):
    with sessions.begin() as session:
        (message,) = webhooks.of_job(session, job_id)
    return message


def make_due(sessions):
    """As if the time to try again had come."""
    with database.writing(sessions) as session:
        earlier = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Webhook).where(Webhook.due_at.is_not(None)).values(due_at=earlier))


def signature(secret, told):
    """By the text of the specification, not by our code."""
    key = base64.b64decode(secret.split("_")[1])
    signed = b".".join(
        [told.headers["webhook-id"].encode(), told.headers["webhook-timestamp"].encode(), told.content]
    )
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_told_once_and_signed(sessions, settings, receiver, end):
    job_id = end(receiver.url())
    assert deliver_due(sessions, settings) == 1
    assert deliver_due(sessions, settings) == 0
    (answer,) = receiver.told
    with database.writing(sessions) as session:
        secret = webhooks.secret(session, "local")
    assert answer.headers["webhook-signature"] == signature(secret, answer)
    assert abs(int(answer.headers["webhook-timestamp"]) - time.time()) < 60
    assert answer.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert answer.headers["content-type"] == "application/json"
    content = json.loads(answer.content)
    assert content["type"] == "job.canceled"
    assert content["data"]["id"] == job_id
    message = log_of(sessions, job_id)
    assert answer.headers["webhook-id"] == message.id
    assert message.due_at is None
    assert message.delivered_at is not None
    assert [(each["status"], each["error"]) for each in message.attempts] == [(204, None)]


def test_after_a_rotation_both_secrets_sign(sessions, settings, receiver, end):
    with database.writing(sessions) as session:
        old = webhooks.secret(session, "local")
        new = webhooks.rotate(session, "local")
    assert old != new
    end(receiver.url())
    deliver_due(sessions, settings)
    (answer,) = receiver.told
    assert answer.headers["webhook-signature"].split(" ") == [signature(new, answer), signature(old, answer)]
    with database.writing(sessions) as session:
        assert webhooks.secret(session, "local") == new
        newest = webhooks.rotate(session, "local")
    end(receiver.url())
    deliver_due(sessions, settings)
    answer = receiver.told[-1]
    assert answer.headers["webhook-signature"].split(" ") == [
        signature(newest, answer),
        signature(new, answer),
    ]


def test_tried_again_later_and_later_until_it_is_given_up(sessions, settings, receiver, end):
    receiver.status = 503
    job_id = end(receiver.url())
    waits = []
    while (message := log_of(sessions, job_id)).due_at is not None:
        make_due(sessions)
        assert deliver_due(sessions, settings) == 1
        message = log_of(sessions, job_id)
        if message.due_at is not None:
            tried = datetime.fromisoformat(message.attempts[-1]["at"])
            waits.append((message.due_at - tried).total_seconds())
    planned = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert len(waits) == len(planned)
    assert all(least <= wait <= 1.11 * least for least, wait in zip(planned, waits, strict=True))
    assert message.delivered_at is None
    assert [each["status"] for each in message.attempts] == [503] * 10
    assert len({answer.headers["webhook-id"] for answer in receiver.told}) == 1


def test_not_before_its_time(sessions, settings, receiver, end):
    receiver.status = 500
    end(receiver.url())
    assert deliver_due(sessions, settings) == 1
    assert deliver_due(sessions, settings) == 0
    receiver.status = 200
    make_due(sessions)
    assert deliver_due(sessions, settings) == 1
    assert len(receiver.told) == 2


def test_who_is_gone_is_left_alone(sessions, settings, receiver, end):
    receiver.status = 410
    job_id = end(receiver.url())
    deliver_due(sessions, settings)
    message = log_of(sessions, job_id)
    assert (message.due_at, message.delivered_at) == (None, None)


def test_a_redirect_is_a_failure_and_not_followed(sessions, settings, receiver, end):
    receiver.status, receiver.headers = 307, {"Location": receiver.url() + "/elsewhere"}
    job_id = end(receiver.url())
    deliver_due(sessions, settings)
    assert [answer.path for answer in receiver.told] == ["/told"]
    message = log_of(sessions, job_id)
    assert message.attempts[0]["status"] == 307
    assert message.due_at is not None


def test_an_address_of_the_house_is_refused_at_delivery_too(sessions, settings, receiver, end):
    """What was public when the job was posted, or allowed, may not be any more."""
    job_id = end(receiver.url("localhost"))
    closed = settings.model_copy(update={"webhook_allow": ""})
    deliver_due(sessions, closed)
    assert receiver.told == []
    (attempt,) = log_of(sessions, job_id).attempts
    assert attempt["status"] is None
    assert "localhost has no public address" in attempt["error"]
    assert attempt["seconds"] == 0
    make_due(sessions)
    deliver_due(sessions, settings.model_copy(update={"webhook_allow": "localhost"}))
    assert receiver.told[0].headers["host"] == f"localhost:{receiver.port}"


def test_who_is_silent_holds_up_nobody(sessions, settings, end):
    with receiving() as slow, receiving() as quick:
        slow.silence = 1.0
        silent, heard = end(slow.url()), end(quick.url())
        deliver_due(sessions, settings.model_copy(update={"webhook_seconds": 0.3}))
        assert log_of(sessions, heard).delivered_at is not None
        (attempt,) = log_of(sessions, silent).attempts
    assert attempt["error"] == "no answer within 0.3 s"
    assert attempt["seconds"] < 0.9


def test_nobody_there(sessions, settings, receiver, end):
    port = receiver.port + 1 if receiver.port < 65000 else receiver.port - 1
    job_id = end(f"http://127.0.0.1:{port}/")
    deliver_due(sessions, settings)
    (attempt,) = log_of(sessions, job_id).attempts
    assert attempt["error"].startswith("ConnectError")


def test_two_processes_do_not_send_the_same(sessions, settings, receiver, end):
    jobs = {end(receiver.url()) for _ in range(12)}
    receiver.silence = 0.2
    threads = [threading.Thread(target=deliver_due, args=(sessions, settings)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answer = [json.loads(answer.content)["data"]["id"] for answer in receiver.told]
    assert sorted(answer) == sorted(jobs)


def test_what_a_killed_process_took_is_sent_by_another(sessions, settings, receiver, end):
    end(receiver.url())
    with database.writing(sessions) as session:
        (taken,) = webhooks.take(session, 10)
    assert deliver_due(sessions, settings) == 0
    with database.writing(sessions) as session:
        later = taken.at + timedelta(seconds=webhooks.HOLD_SECONDS + 1)
        assert [each.id for each in webhooks.take(session, 10, later)] == [taken.id]


def test_a_message_goes_with_its_job(sessions, settings, receiver, end):
    job_id = end(receiver.url())
    with database.writing(sessions) as session:
        (taken,) = webhooks.take(session, 10)
        store.delete_job(session, job_id)
    with database.writing(sessions) as session:
        webhooks.record(session, taken.id, webhooks.Attempt(200, None, 0.1))
    make_due(sessions)
    assert deliver_due(sessions, settings) == 0


def test_it_connects_to_the_address_that_was_looked_at(sessions, settings, receiver, end, monkeypatch):
    """Asked a second time, a name could mean another address: this one would."""
    ask, request = socket.getaddrinfo, []

    def answer(host, *arguments, **options):
        if host != "told.example":
            return ask(host, *arguments, **options)
        request.append(host)
        return ask("127.0.0.1" if len(request) == 1 else "127.0.0.2", *arguments, **options)

    job_id = end(receiver.url("told.example"))
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    deliver_due(sessions, settings)
    assert log_of(sessions, job_id).delivered_at is not None
    assert receiver.told[0].headers["host"] == f"told.example:{receiver.port}"
    assert request == ["told.example"]
