"""The database's history runs both ways, and ends where the code is."""

import pytest
from sqlalchemy import inspect

import migrations
from jobs import database


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
    assert tables(database_url) == first | team


def test_down_to_the_first_tables_and_up_again(database_url):
    migrations.upgrade(database_url)
    migrations.downgrade(database_url, "-3")
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
