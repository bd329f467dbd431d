"""The database's history runs both ways, and ends where the code is."""

import json

import pytest
from sqlalchemy import inspect, text

from inverset import migrations
from inverset.jobs import database, store

FIRST = "6159083fd7cd"


def tables(url):
    made = database.engine(url)
    try:
        return set(inspect(made).get_table_names()) - {"alembic_version"}
    finally:
        made.dispose()


def test_up_gives_the_tables_of_the_code(database_url):
    migrations.upgrade(database_url)
    migrations.check(database_url)
    first = {"jobs", "models", "parts", "samples", "workers"}
    team = {"users", "keys", "sweeps", "webhooks", "switches"}
    assert tables(database_url) == first | team | {"browser_sessions", "neurons", "share_links"}


def test_down_to_the_first_tables_and_up_again(database_url):
    migrations.upgrade(database_url)
    migrations.downgrade(database_url, FIRST)
    assert tables(database_url) == {"jobs", "models", "parts", "samples", "workers"}
    migrations.upgrade(database_url)
    migrations.check(database_url)


def test_up_twice_changes_nothing(database_url):
    migrations.upgrade(database_url)
    migrations.upgrade(database_url)
    migrations.check(database_url)


def test_a_database_of_a_newer_version_is_left_alone(database_url):
    migrations.upgrade(database_url)
    made = database.engine(database_url)
    with made.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = 'ffff0000newer'")
    made.dispose()
    before = tables(database_url)
    with pytest.raises(migrations.NewerDatabase, match=r"newer Inverset \(revision ffff0000newer\)"):
        migrations.upgrade(database_url)
    assert migrations.revisions(database_url) == ("ffff0000newer",)
    assert tables(database_url) == before


def test_what_was_measured_moves_out_of_the_catalogue_and_back(database_url):
    before = {"name": "toy", "layers": [], "neurons": {"fc8:volcano": {"mean": 1.0}, "fc8:0": {"mean": 2.0}}}
    migrations.upgrade(database_url)
    migrations.downgrade(database_url, "e50b8d3c17fa")
    row = {"catalogue": json.dumps(before)}
    made = database.engine(database_url)
    with made.begin() as connection:
        insert = "insert into models values ('toy', 'a', :catalogue, '2026-11-29 12:00:00')"
        connection.execute(text(insert), row)
    migrations.upgrade(database_url)
    sessions = database.connect(database_url)
    with sessions.begin() as session:
        result = store.model(session, "toy").catalogue
        rows = dict(session.execute(text("select name, measured from neurons")).all())
    assert result == {"name": "toy", "layers": [], "measured_neurons": 2}
    assert set(rows) == {"fc8:volcano", "fc8:0"}
    migrations.downgrade(database_url, "e50b8d3c17fa")
    with made.begin() as connection:
        [kept] = connection.execute(text("select catalogue from models")).scalars()
    assert (kept if isinstance(kept, dict) else json.loads(kept)) == before
    made.dispose()
    sessions.kw["bind"].dispose()
