"""A database that served a test is as good as new for the next."""

import psycopg
import pytest
from sqlalchemy import inspect

from inverset import migrations
from inverset.jobs import accounts, database, store
from inverset.jobs.tables import Table
from tests import databases
from tests.jobs.catalogue_of_scenes import CATALOGUE


def content(url):
    """All rows of all tables but their moments, and the tables' names."""
    engine = database.engine(url)
    with engine.connect() as connection:
        rows = {
            table.name: [
                [value for name, value in row._mapping.items() if not name.endswith("_at")]
                for row in connection.execute(table.select())
            ]
            for table in Table.metadata.sorted_tables
        }
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return rows, names


@pytest.fixture
def shelf(postgres_server):
    with databases.shelf(postgres_server) as made:
        yield made


def test_what_comes_back_is_as_migrations_leave_it(shelf, postgres_database):
    migrations.upgrade(postgres_database)
    with shelf.lend() as first:
        assert content(first) == content(postgres_database)
        sessions = database.connect(first)
        with database.writing(sessions) as session:
            store.publish_model(session, CATALOGUE)
            accounts.add_user(session, "ann")
        sessions.kw["bind"].dispose()
        assert content(first) != content(postgres_database)
    with shelf.lend() as second:
        assert content(second) == content(postgres_database)
        migrations.check(second)


def test_whoever_was_left_behind_stays_out(shelf):
    with shelf.lend() as first:
        left = psycopg.connect(first.replace("+psycopg", ""))
        left.execute("delete from users")
    with pytest.raises(psycopg.OperationalError):
        left.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first.replace("+psycopg", ""))
    with shelf.lend() as second, shelf.lend() as third:
        assert len({first, second, third}) == 3
        assert [len(content(each)[0]["users"]) for each in (second, third)] == [1, 1]


def test_nothing_is_left_of_a_shelf(postgres_server):
    with databases.shelf(postgres_server) as shelf, shelf.lend() as lent:
        pass
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(lent.replace("+psycopg", ""))


def test_a_copied_file_is_as_migrations_leave_it(sqlite_tables, tmp_path):
    other = f"sqlite:///{tmp_path / 'migrated.db'}"
    migrations.upgrade(other)
    assert content(sqlite_tables) == content(other)
    migrations.check(sqlite_tables)
