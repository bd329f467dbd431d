"""What was asked of a neuron before."""

import pytest

from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue
from inverset.jobs import accounts, history, store
from inverset.jobs.access import LOCAL, Caller
from inverset.jobs.database import writing
from inverset.jobs.posting import Origin
from tests.jobs.catalogue_of_scenes import CATALOGUE, spec

BAND = {"range": [1, 2]}


@pytest.fixture
def ask(sessions):
    """Ask for a job that names these neurons; gives its id."""
    with writing(sessions) as session:
        for name in ("ann", "bob"):
            accounts.add_user(session, name)

    def ask(*neurons, owner="ann", model="toy", **changes):
        question = spec(neurons=[{"neuron": each, **BAND} for each in neurons], **changes)
        resolved = resolution.resolve(Catalogue.of({**CATALOGUE, "name": model}), question)
        with writing(sessions) as session:
            return store.post_job(session, question, resolved, Origin(owner), Settings()).id

    return ask


def test_jobs_that_name_a_neuron_are_found_newest_first(sessions, ask):
    expected = [ask("conv5:3"), ask("fc8:0", "conv5:3")]
    ask("conv5:30")
    ask("conv5:3@max")
    ask("fc8:volcano")
    ask("conv5:3", model="other")
    with sessions.begin() as session:
        result = history.of_neuron(session, LOCAL, "toy", "conv5:3", 10)
        assert [job.id for job in result] == expected[::-1]
        assert [job.id for job in history.of_neuron(session, LOCAL, "toy", "conv5:3", 1)] == expected[1:]
        assert history.of_neuron(session, LOCAL, "toy", "%", 10) == []


def test_only_what_one_may_see(sessions, ask):
    mine, shown = ask("conv5:3"), ask("conv5:3", owner="bob", visibility="team")
    ask("conv5:3", owner="bob")
    with sessions.begin() as session:
        result = history.of_neuron(session, Caller("ann"), "toy", "conv5:3", 10)
        assert [job.id for job in result] == [shown, mine]


def test_it_looks_no_further_than_it_says(sessions, ask, monkeypatch):
    monkeypatch.setattr(history, "LATEST", 2)
    ask("conv5:3")
    for _ in range(2):
        ask("fc8:0")
    with sessions.begin() as session:
        assert history.of_neuron(session, LOCAL, "toy", "conv5:3", 10) == []
        assert len(history.of_neuron(session, LOCAL, "toy", "fc8:volcano", 10)) == 2
