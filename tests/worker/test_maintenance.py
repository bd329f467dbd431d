"""Errands are run on the side, and what goes wrong there harms nobody."""

import logging
from datetime import UTC, datetime, timedelta
from threading import Event

from inverset import migrations
from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue
from inverset.jobs import queue, store
from inverset.jobs.database import writing
from inverset.jobs.posting import Origin
from inverset.jobs.tables import Job
from inverset.worker import maintenance, tasks
from inverset.worker.control import WorkerControl
from inverset.worker.services import Services
from tests.jobs.catalogue_of_scenes import CATALOGUE, spec
from tests.receiver import receiving
from tests.worker.conftest import wait_for


def test_who_asked_is_told_while_a_worker_lives(tmp_path):
    with receiving() as receiver:
        services = Services.of(Settings(data_dir=tmp_path, webhook_allow="127.0.0.1"))
        migrations.upgrade(services.settings.database)
        stop = Event()
        maintenance.start(services, stop)
        question = spec(webhook=receiver.url())
        with writing(services.sessions) as session:
            store.publish_model(session, CATALOGUE)
            resolved = resolution.resolve(Catalogue.of(CATALOGUE), question)
            store.cancel(session, store.post_job(session, question, resolved, Origin("local"), Settings()).id)
        wait_for(lambda: receiver.told)
        stop.set()
    services.sessions.kw["bind"].dispose()


def test_an_errand_that_fails_is_logged_and_no_more(caplog):
    def broken():
        raise ZeroDivisionError

    def refused():
        raise OSError("the bucket is closed")

    for errand in (broken, refused):
        maintenance._run("retention", errand)
    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.ERROR, logging.WARNING]
    assert "the bucket is closed" in caplog.text


def test_beat_asks_one_worker_to_tidy_up(tmp_path):
    services = Services.of(Settings(data_dir=tmp_path))
    migrations.upgrade(services.settings.database)
    with writing(services.sessions) as session:
        store.publish_model(session, CATALOGUE)
        question = spec(retention_days=1)
        resolved = resolution.resolve(Catalogue.of(CATALOGUE), question)
        job_id = store.post_job(session, question, resolved, Origin("local"), services.settings).id
        store.cancel(session, job_id).expires_at = datetime.now(UTC) - timedelta(days=1)
    app = queue.make_celery(services.settings)
    tasks.install(app, services, WorkerControl())
    assert app.conf.beat_schedule[queue.RETAIN]["options"]["queue"] == queue.UPKEEP
    app.tasks[queue.RETAIN]()

    def gone():
        with services.sessions.begin() as session:
            return session.get(Job, job_id) is None

    wait_for(gone)
    services.sessions.kw["bind"].dispose()
