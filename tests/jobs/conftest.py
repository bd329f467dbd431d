"""A database with one model in it."""

from collections.abc import Iterator

import pytest

from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.jobs import database, store
from inverset.jobs.database import Sessions
from inverset.jobs.posting import Origin
from tests.jobs.catalogue_of_scenes import CATALOGUE, spec


@pytest.fixture
def sessions(tables_url: str) -> Iterator[Sessions]:
    """Of a database of either kind, with its tables and the toy model."""
    made = database.connect(tables_url)
    with database.writing(made) as session:
        store.publish_model(session, CATALOGUE)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def post(sessions):
    """Queue a job as the API does; gives its id."""

    def post(part_size=1000, key=None, body_hash=None, owner="local", **changes):
        question = spec(**changes)
        with database.writing(sessions) as session:
            resolved = resolution.resolve(store.offered(session, "toy", question.names), question)
            origin = Origin(owner, key, body_hash)
            return store.post_job(session, question, resolved, origin, Settings(part_size=part_size)).id

    return post
