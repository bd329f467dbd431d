"""Errands are run on the side, and what goes wrong there harms nobody."""

import logging
from threading import Event

import migrations
from jobs import catalogue, store
from jobs.database import writing
from jobs.posting import Origin
from jobs.settings import Settings
from tests.jobs.catalogue_of_scenes import CATALOGUE, spec
from tests.receiver import receiving
from tests.worker.conftest import wait_for
from worker import errands
from worker.desk import Desk


def test_who_asked_is_told_while_a_worker_lives(tmp_path):
    with receiving() as receiver:
        desk = Desk.of(Settings(data_dir=tmp_path, webhook_allow="127.0.0.1"))
        migrations.upgrade(desk.settings.database)
        stop = Event()
        errands.start(desk, stop)
        asked = spec(webhook=receiver.url())
        with writing(desk.sessions) as session:
            store.publish_model(session, CATALOGUE)
            resolved = catalogue.resolve(CATALOGUE, asked)
            store.cancel(session, store.post_job(session, asked, resolved, Origin("local"), Settings()).id)
        wait_for(lambda: receiver.told)
        stop.set()
    desk.sessions.kw["bind"].dispose()


def test_an_errand_that_fails_is_logged_and_no_more(caplog):
    def broken():
        raise ZeroDivisionError

    def refused():
        raise OSError("the bucket is closed")

    for errand in (broken, refused):
        errands._run("retention", errand)
    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.ERROR, logging.WARNING]
    assert "the bucket is closed" in caplog.text
