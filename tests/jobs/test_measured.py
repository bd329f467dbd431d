"""What was measured of a model's neurons: a row for each, so that a request reads those that it wants."""

import json

import pytest
from sqlalchemy import event, func, select, text

from inverset.contract.catalogue import NeuronStatistics
from inverset.jobs import database, store
from inverset.jobs.tables import Neuron
from tests.jobs.catalogue_of_scenes import CATALOGUE, MEASURED

MANY = {f"conv5:{unit}": {**MEASURED, "mean": unit / 7} for unit in range(20_000)}


def publish(sessions, **changes):
    with database.writing(sessions) as session:
        store.publish_model(session, {**CATALOGUE, **changes})


def count(sessions):
    with sessions.begin() as session:
        return session.scalar(select(func.count()).select_from(Neuron))


def test_a_catalogue_has_what_was_measured_of_the_neurons_that_are_named_in_any_way(sessions):
    with sessions.begin() as session:
        result = store.offered(session, "toy", ["fc8:0", "conv5:3@center", "fc8:nobody", "conv5:4", "?"])
    assert result.neurons == {
        "fc8:volcano": NeuronStatistics.of(MEASURED),
        "conv5:3": NeuronStatistics.of(MEASURED),
    }
    assert result.measured_neurons == len(CATALOGUE["neurons"])


def test_the_document_that_requests_read_is_as_short_with_twenty_thousand_measured_neurons(sessions):
    publish(sessions, neurons=MANY)
    with sessions.begin() as session:
        assert len(json.dumps(store.model(session, "toy").catalogue)) < 5000
        result = store.offered(session, "toy", ["conv5:7"])
    assert result.neurons == {"conv5:7": NeuronStatistics.of(MANY["conv5:7"])}
    assert count(sessions) == len(MANY)


def test_the_database_plans_for_as_many_neurons_as_there_are_at_once(sessions):
    publish(sessions, neurons=MANY)
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "postgresql":
            known = session.scalar(text("SELECT reltuples FROM pg_class WHERE relname = 'neurons'"))
            assert known == pytest.approx(len(MANY), rel=0.01)


def test_new_measurements_replace_the_old_ones_and_a_model_takes_them_with_it(sessions):
    publish(sessions, neurons={"fc8:2": MEASURED})
    with sessions.begin() as session:
        assert set(store.offered(session, "toy", ["fc8:2", "fc8:0"]).neurons) == {"fc8:2"}
    with database.writing(sessions) as session:
        store.withdraw_model(session, "toy")
    assert count(sessions) == 0


def test_what_has_not_changed_is_not_written_again(sessions):
    written = []

    def note(_connection, _cursor, statement, *_):
        written.append(statement.lower())

    event.listen(sessions.kw["bind"], "before_cursor_execute", note)
    publish(sessions, sha256="b" * 64)
    event.remove(sessions.kw["bind"], "before_cursor_execute", note)
    assert written
    assert not [
        each for each in written if "neurons" in each and not each.startswith(("update models", "select"))
    ]
