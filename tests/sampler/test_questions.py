"""A notebook's question and a server's are one: the same JSON means the same, and is refused in the same words."""

import pytest

from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue
from inverset.contract.errors import InvalidSpec, ProblemError
from inverset.contract.spec import JobSpec
from inverset.sampler import methods, sample, zoo
from inverset.sampler.sampling import question_of

VOLCANO = {"neuron": "fc8:volcano", "range": [2.0, 5.0]}


@pytest.fixture(scope="module")
def scenes():
    return zoo.load("scenes")


def of_server(bundle, spec):
    offered = Catalogue.of({**bundle.catalogue, "methods": methods.offered(bundle)})
    return resolution.resolve(offered, JobSpec.parse({**spec, "model": bundle.name}))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"neurons": [{"neuron": "fc8:volcano", "range": {"quantiles": [0.95, 0.99]}}]},
        {"neurons": [{"neuron": "conv5:3@max", "range": {"sd": [-1.0, 2.0]}}, VOLCANO]},
        {"method": "calibrated", "k": 3, "seed": 7, "budget": {"gradient_evaluations": 10}},
    ],
)
def test_the_same_json_is_the_same_question(scenes, change):
    spec = {"neurons": [VOLCANO], "n": 4, **change}
    assert question_of(scenes, spec) == of_server(scenes, spec)


@pytest.mark.parametrize(
    "change",
    [
        {"n": 0},
        {"n": 2.5},
        {"k": 0},
        {"seed": -1},
        {"neurons": []},
        {"neurons": [{"neuron": "fc8:vulcano", "range": [2.0, 5.0]}]},
        {"neurons": [{"neuron": "fc8:volcano", "range": [5.0, 2.0]}]},
        {"neurons": [{"neuron": "fc8:volcano"}]},
        {"neurons": [VOLCANO, VOLCANO]},
        {"method": "guess"},
        {"options": {"leek": 1.0}},
        {"options": {"leak": "much"}},
        {"budget": {"minutes": 1}},
    ],
)
def test_what_makes_no_sense_is_refused_in_the_same_words(scenes, change):
    spec = {"neurons": [VOLCANO], "n": 4, **change}
    with pytest.raises(InvalidSpec) as of_a_server:
        of_server(scenes, spec)
    with pytest.raises(ProblemError) as of_a_notebook:
        sample(scenes, spec)
    assert str(of_a_notebook.value) == str(of_a_server.value)


def test_a_number_that_is_no_good_is_refused_in_plain_words(scenes):
    with pytest.raises(ProblemError) as error:
        sample(scenes, {"neurons": [VOLCANO], "n": 0, "budget": {"minutes": 1}})
    assert str(error.value) == "n: must be at least 1; budget.minutes: is not a field here"


def test_a_setting_of_the_service_is_no_setting_of_a_notebook(scenes):
    with pytest.raises(ProblemError, match="unknown: webhook"):
        sample(scenes, {"neurons": [VOLCANO], "webhook": "https://example.org"})
