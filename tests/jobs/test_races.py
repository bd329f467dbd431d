"""Two at the same time, on a database where that is possible."""

from concurrent.futures import ThreadPoolExecutor

from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.jobs import claims, database, store
from inverset.jobs.claims import Bidder
from inverset.jobs.posting import Origin
from tests.jobs.catalogue_of_scenes import CATALOGUE, spec


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


def test_two_workers_do_not_take_a_user_beyond_the_most_that_may_run(postgres_tables):
    sessions, settings = database.connect(postgres_tables), Settings(max_running=1)
    with database.writing(sessions) as session:
        store.publish_model(session, CATALOGUE)
        resolved = resolution.resolve(store.offered(session, "toy"), spec())
        for _ in range(2):
            store.post_job(session, spec(), resolved, Origin("local"), settings)

    def take():
        with database.writing(sessions) as session:
            return claims.claim(session, Bidder("two"), settings)

    with ThreadPoolExecutor(1) as other, database.writing(sessions) as session:
        assert claims.claim(session, Bidder("one"), settings) is not None
        second = other.submit(take)
        while not waiting(session):  # it has counted already, and what the first one took is not committed
            assert not second.done(), second.result()
        session.commit()
        assert second.result(10) is None
    sessions.kw["bind"].dispose()


def waiting(session):
    """Whether somebody waits for what this transaction holds."""
    return session.connection().exec_driver_sql("select count(*) from pg_locks where not granted").scalar()
