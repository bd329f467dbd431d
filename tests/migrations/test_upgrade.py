"""The database's history runs both ways, and ends where the code is."""

import json

import pytest
from sqlalchemy import inspect, text

from inverset import migrations
from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.jobs import claims, database, leases, samples, store
from inverset.jobs.filters import Filter
from inverset.jobs.posting import Origin
from inverset.jobs.stored_images import Packed
from tests.jobs.catalogue_of_scenes import CATALOGUE, spec

FIRST = "6159083fd7cd"
EVIDENCE = {
    "samples": {"count": 30, "in_band_rate": 0.5},
    "trust": {"word": "good", "reason": "All is well."},
}


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
    assert tables(database_url) == first | team | {
        "browser_sessions",
        "image_tries",
        "neurons",
        "search_texts",
        "share_links",
    }


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


def posted(session):
    """A queued job."""
    store.publish_model(session, CATALOGUE)
    asked = spec()
    question = resolution.resolve(store.offered(session, "toy", asked.names), asked)
    return store.post_job(session, asked, question, Origin(), Settings())


def test_jobs_of_before_are_found_by_their_neuron_and_have_the_word_of_their_verdict(database_url):
    migrations.upgrade(database_url)
    sessions = database.connect(database_url)
    with database.writing(sessions) as session:
        job_id = posted(session).id
        store.job(session, job_id).evidence = EVIDENCE
    sessions.kw["bind"].dispose()
    migrations.downgrade(database_url, "b58e0a7f2c16")
    migrations.upgrade(database_url)
    sessions = database.connect(database_url)
    with sessions.begin() as session:
        for found in (Filter(neuron="fc8:volcano"), Filter(text="VOLC toy"), Filter(trust="do not trust")):
            assert [job.id for job in store.jobs(session, found)[0]] == [job_id]
        for missed in (Filter(neuron="fc8:volc"), Filter(text="volcano fish"), Filter(trust="good")):
            assert store.jobs(session, missed)[0] == []
    sessions.kw["bind"].dispose()


def test_a_word_that_other_rules_gave_is_given_anew(database_url):
    migrations.upgrade(database_url)
    sessions = database.connect(database_url)
    with database.writing(sessions) as session:
        job = posted(session)
        job.evidence, job.trust, job.trust_rules = EVIDENCE, "good", "of before"
        job_id = job.id
    migrations.upgrade(database_url)
    with sessions.begin() as session:
        assert store.job(session, job_id).trust == "do not trust"
    sessions.kw["bind"].dispose()


@pytest.mark.parametrize("offset", [None, 47])
def test_images_of_before_stay_in_files_of_their_own_and_packed_ones_hold_the_way_back(database_url, offset):
    migrations.upgrade(database_url)
    sessions = database.connect(database_url)
    with database.writing(sessions) as session:
        job_id = posted(session).id
        packed = None if offset is None else Packed(offset, 200, 20)
        made = leases.SavedSample(0, "jobs/x/y", "0" * 64, 9, {"fc8:volcano": 1.5}, 1, packed=packed)
        claim = claims.claim(session, claims.Bidder("w"), Settings())
        leases.save(session, claim, leases.Progress([made], "chunk", "state", {}))
    if offset is None:
        migrations.downgrade(database_url, "9c2d7e40b815")
        migrations.upgrade(database_url)
    else:
        with pytest.raises(RuntimeError, match="1 samples lie in packs"):
            migrations.downgrade(database_url, "9c2d7e40b815")
    with sessions.begin() as session:
        image = samples.one(session, job_id, 0).image
    assert image.png == ("jobs/x/y", 9, offset)
    assert image.thumbnail == (None if offset is None else ("jobs/x/y", 20, 200))
    sessions.kw["bind"].dispose()
