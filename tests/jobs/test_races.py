"""Two at the same time, on a database where that is possible."""

from concurrent.futures import ThreadPoolExecutor

from jobs import database, store
from tests.jobs.catalogue_of_scenes import CATALOGUE


def test_two_workers_offer_a_new_model(postgres_tables):
    sessions = database.connect(postgres_tables)

    def publish():
        with database.writing(sessions) as session:
            store.publish_model(session, CATALOGUE)

    with ThreadPoolExecutor(1) as other, database.writing(sessions) as session:
        store.publish_model(session, CATALOGUE)
        second = other.submit(publish)
        while not waiting(session):
            assert not second.done(), second.exception()
        session.commit()
        second.result(10)
    with sessions.begin() as session:
        assert [model.name for model in store.models(session)] == [CATALOGUE["name"]]
    sessions.kw["bind"].dispose()


def waiting(session):
    """Whether somebody waits for what this transaction holds."""
    return session.connection().exec_driver_sql("select count(*) from pg_locks where not granted").scalar()
