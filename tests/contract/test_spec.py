"""What a job may say, and what is told to who gets it wrong."""

import pytest
from pydantic import ValidationError

from inverset.config.settings import Settings
from inverset.contract.errors import InvalidSpec
from inverset.contract.spec import JobSpec
from inverset.jobs.quotas import check_spec
from tests.jobs.catalogue_of_scenes import body, spec


def test_the_contract_s_own_example():
    text = """{"model": "scenes", "neurons": [{"neuron": "fc8:volcano", "range": [15, 20]}], "n": 500,
        "k": 10, "seed": 0, "method": "calibrated", "options": {}, "budget": {"gradient_evaluations": null,
        "seconds": null}, "priority": 0, "webhook": null}"""
    read = JobSpec.model_validate_json(text)
    assert read.neurons[0].range == (15, 20)
    assert JobSpec.model_validate(read.model_dump(mode="json")) == read


@pytest.mark.parametrize(
    ("band", "kept"),
    [
        ([15, 20.5], [15, 20.5]),
        ({"quantiles": [0.9, 0.99]}, {"quantiles": [0.9, 0.99]}),
        ({"sd": [-2, 3]}, {"sd": [-2, 3]}),
    ],
)
def test_three_ways_to_give_a_range(band, kept):
    read = spec(neurons=[{"neuron": "a:1", "range": band}])
    assert read.model_dump(mode="json")["neurons"][0]["range"] == kept


@pytest.mark.parametrize(
    ("band", "message"),
    [
        ([20, 15], "the range 20 to 15 is reversed or empty; give the lower end first"),
        ([15, 15], "reversed or empty"),
        ([1, float("inf")], "finite"),
        ([1, float("nan")], "finite"),
        ([1, 1e300], "less than or equal to 1000"),
        ([1], "Field required"),
        ([1, "2"], "valid number"),
        ("1-2", "a range is \\[low, high\\]"),
        ({"quantile": [0, 1]}, "a range is \\[low, high\\]"),
        ({"quantiles": [0.5, 1.5]}, "less than or equal to 1"),
        ({"quantiles": [0.9, 0.5]}, "reversed"),
        ({"sd": [1, 2], "quantiles": [0, 1]}, "not permitted"),
    ],
)
def test_a_bad_range_is_told_once(band, message):
    with pytest.raises(ValidationError, match=message) as caught:
        spec(neurons=[{"neuron": "a:1", "range": band}])
    assert caught.value.error_count() == 1
    assert caught.value.errors()[0]["loc"][:3] == ("neurons", 0, "range")


@pytest.mark.parametrize(
    "change",
    [
        {"n": 0},
        {"n": True},
        {"n": 2.5},
        {"k": 0},
        {"k": 2.5},
        {"k": "many"},
        {"seed": -1},
        {"seed": 2**53},
        {"neurons": []},
        {"budget": {"seconds": 0}},
        {"budget": {"steps": 5}},
        {"colour": "red"},
        {"webhook": "ftp://example.org"},
        {"webhook": "https://"},
        {"webhook": "https://me:secret@example.org/"},
        {"webhook": "https://example.org/#there"},
        {"webhook": "https://example.org/" + 2000 * "a"},
        {"webhook": 7},
        {"retention_days": 0},
        {"retention_days": 1.5},
        {"priority": 1000},
        {"model": ""},
    ],
)
def test_what_is_wrong_is_refused(change):
    with pytest.raises(ValidationError) as caught:
        JobSpec.model_validate(body(**change))
    assert caught.value.errors()[0]["loc"][0] == next(iter(change))


def test_limits_are_the_server_s():
    limits = Settings(max_n=10, max_k=5, max_neurons=1)
    two = [{"neuron": "a:1", "range": [0, 1]}, {"neuron": "a:2", "range": [0, 1]}]
    check_spec(spec(n=10, k=5), limits)
    check_spec(spec(k="auto", n=10), limits)
    with pytest.raises(InvalidSpec, match="n is 11, the most that this server allows is 10") as caught:
        check_spec(spec(n=11, k=6, neurons=two), limits)
    assert [error.loc for error in caught.value.errors] == [["n"], ["k"], ["neurons"]]


def test_one_neuron_or_several():
    assert spec().kind == "inverse set"
    assert spec(neurons=[*body()["neurons"], {"neuron": "a:2", "range": [0, 1]}]).kind == "intersection"
