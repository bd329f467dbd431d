"""Connections keep what the store relies on."""

import threading
import time

import psycopg
import pytest
from sqlalchemy import bindparam, column, event, insert, table, text, update
from sqlalchemy.exc import SQLAlchemyError

from inverset.contract.errors import NotFound
from inverset.jobs import database, store
from inverset.jobs.tables import Job

TAKE = text("select number from things for update")


def test_sqlite_is_in_wal_mode_and_minds_foreign_keys(tmp_path):
    sessions = database.connect(f"sqlite:///{tmp_path}/new/folder/x.db")
    with sessions.begin() as session:
        assert session.scalar(text("pragma journal_mode")) == "wal"
        assert session.scalar(text("pragma foreign_keys")) == 1
    sessions.kw["bind"].dispose()


def test_reading_waits_for_no_writer(sessions, post):
    job_id = post()
    with database.writing(sessions) as writer:
        store.cancel(writer, job_id)
        started = time.monotonic()
        with sessions.begin() as reader:
            assert store.job(reader, job_id).state == "queued"
        assert time.monotonic() - started < 1


def test_writers_queue_up_and_lose_nothing(sessions, post):
    job_id = post()

    def add():
        for _ in range(20):
            with database.writing(sessions) as session:
                store.touch(session, store.locked(session, job_id))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions.begin() as session:
        assert store.last_seq(session, job_id) == 80


def test_an_error_undoes_the_transaction(sessions, post):
    job_id = post()
    with pytest.raises(NotFound), database.writing(sessions) as session:
        store.cancel(session, job_id) and store.cancel(session, "job_x")
    with sessions.begin() as session:
        assert store.job(session, job_id).state == "queued"


def test_numbers_that_json_does_not_know_are_refused(sessions, post):
    job_id = post()
    with pytest.raises(Exception, match="not JSON compliant"), database.writing(sessions) as session:
        session.get(Job, job_id).evidence = {"vendi": float("nan")}


def test_who_falls_silent_in_a_transaction_holds_nobody_up(postgres_database):
    quick, patient = database.connect(postgres_database, forgotten=0.5), database.connect(postgres_database)
    with database.writing(patient) as session:
        session.execute(text("create table things as select 1 as number"))
    with quick() as silent:
        silent.execute(TAKE)
        started = time.monotonic()
        with database.writing(patient) as session:
            session.execute(TAKE)
        assert 0.3 < time.monotonic() - started < 10
        with pytest.raises(SQLAlchemyError):
            silent.execute(TAKE)
    with database.writing(quick) as session:
        session.execute(TAKE)  # on a new connection
    for each in (quick, patient):
        each.kw["bind"].dispose()


def test_many_rows_are_said_in_statements_that_are_answered(postgres_database, monkeypatch):
    """In a pipeline a process that freezes would be taken for busy for ever: the rule above would not hold."""
    sessions, output = database.connect(postgres_database), []

    def pipeline(*_, **__):
        raise AssertionError("many statements were said at once")

    monkeypatch.setattr(psycopg.Cursor, "executemany", pipeline)
    event.listen(
        sessions.kw["bind"],
        "before_cursor_execute",
        lambda *arguments: output.append(arguments[2].split()[0]),
    )
    with sessions.begin() as session:
        session.execute(text("create table things (number int primary key, name text)"))
        things = table("things", column("number"), column("name"))
        output.clear()
        session.execute(insert(things), [{"number": number, "name": "x"} for number in range(100)])
        assert output == ["INSERT"]
        named = update(things).where(things.c.number == bindparam("which")).values(name=bindparam("name"))
        session.connection().execute(named, [{"which": 1, "name": "a"}, {"which": 2, "name": "b"}])
        result = session.execute(text("select name from things where number < 4 order by number"))
        assert [*result.scalars()] == ["x", "a", "b", "x"]
    sessions.kw["bind"].dispose()
