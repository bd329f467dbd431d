"""Names and numbers are worked out without the networks."""

import pytest

from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue, units
from inverset.contract.errors import BadOption, BadRange, InvalidSpec, UnknownModel, UnknownNeuron
from inverset.contract.neurons import Layer
from tests.jobs.catalogue_of_scenes import CATALOGUE, spec

TOY = Catalogue.of(CATALOGUE)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("fc8:volcano", "fc8:volcano"),
        ("fc8:0", "fc8:volcano"),
        ("fc8:00@center", "fc8:volcano"),
        ("fc8:2", "fc8:2"),
        ("conv5:3@center", "conv5:3"),
        ("conv5:3@max", "conv5:3@max"),
        ("conv5:3@07,5", "conv5:3@7,5"),
        (" conv5:3@mean ", "conv5:3@mean"),
    ],
)
def test_a_neuron_has_one_name(text, name):
    assert resolution.canonical(TOY, text) == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("volcano", "write layer:unit, as in fc8:0"),
        ("fc8:volcno", "did you mean volcano"),
        ("fc9:volcano", "toy has no layer 'fc9'; did you mean fc8"),
        ("fc8:3", "its units are 0 to 2"),
        ("conv5:" + "9" * 5000, "its units are 0 to 63"),
        ("conv5:x", "its units are 0 to 63"),
        ("conv5:٣", "its units are 0 to 63"),
        ("fc8:0@max", "fc8 is not a map; leave @max out"),
        ("conv5:3@8,0", "8 high and 6 wide"),
        ("conv5:3@top", "write layer:unit"),
        ("", "write layer:unit"),
    ],
)
def test_a_wrong_name_is_answered_with_valid_ones(text, message):
    with pytest.raises(UnknownNeuron, match=message):
        resolution.canonical(TOY, text)


def test_a_name_beyond_the_last_unit_names_nothing():
    layers = [{**each, "labels": ["background", "volcano", "sea", "frog"]} for each in CATALOGUE["layers"]]
    long = {**CATALOGUE, "layers": [each for each in layers if each["name"] == "fc8"]}
    assert resolution.canonical(Catalogue.of(long), "fc8:2") == "fc8:sea"
    with pytest.raises(UnknownNeuron, match="fc8 has no unit 'frog'"):
        resolution.canonical(Catalogue.of(long), "fc8:frog")


DEEP = {
    **CATALOGUE,
    "layers": [
        {
            "name": "blocks.1.attn.proj<",
            "kind": "tokens",
            "units": 8,
            "labels": [],
            "tokens": 17,
            "directions": {"sae.safetensors": 64, "concepts.safetensors": ["stripes", "dots"]},
        },
        *CATALOGUE["layers"],
    ],
}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (":7", ":7"),
        (":07@3", ":7@3"),
        (":7@0", ":7"),
        (":7@mean", ":7@mean"),
        (":direction:sae.safetensors#007@16", ":direction:sae.safetensors#7@16"),
        (":direction:concepts.safetensors#dots@max", ":direction:concepts.safetensors#dots@max"),
    ],
)
def test_tokens_and_directions_have_one_name(text, name):
    assert (
        resolution.canonical(Catalogue.of(DEEP), "blocks.1.attn.proj<" + text) == "blocks.1.attn.proj<" + name
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("blocks.1.attn.proj:0", "did you mean blocks.1.attn.proj<"),
        ("blocks.1.attn.proj<:7@17", "has 17 tokens; it has no token 17"),
        ("blocks.1.attn.proj<:7@1,1", "is read at @index"),
        ("conv5:3@1", "is read at @y,x"),
        ("fc8:0@1", "fc8 is not a map"),
        ("blocks.1.attn.proj<:direction:sae.safetensors#64", "its latents are 0 to 63"),
        ("blocks.1.attn.proj<:direction:sae.safetensors#-1", "has no latent '-1'"),
        ("blocks.1.attn.proj<:direction:sea.safetensors#3", "did you mean sae.safetensors"),
        ("blocks.1.attn.proj<:direction:concepts.safetensors#dot", "did you mean dots"),
        ("conv5:direction:sae.safetensors#3", "none are registered"),
        ("conv5:direction:../../etc/passwd#3", "none are registered"),
    ],
)
def test_wrong_tokens_and_directions_are_answered_with_valid_ones(text, message):
    with pytest.raises(UnknownNeuron, match=message):
        resolution.canonical(Catalogue.of(DEEP), text)


def test_units_are_listed_with_directions():
    listed = list(units(Layer.of(DEEP["layers"][0])))
    assert len(listed) == 8 + 64 + 2
    assert listed[-1] == "direction:concepts.safetensors#dots"
    assert all(resolution.canonical(Catalogue.of(DEEP), f"blocks.1.attn.proj<:{each}") for each in listed)


@pytest.mark.parametrize(
    ("band", "numbers"),
    [
        ([15, 20], [15, 20]),
        ({"quantiles": [0, 1]}, [-10, 12]),
        ({"quantiles": [0.25, 0.7]}, [-5, 4]),
        ({"quantiles": [0.5, 0.95]}, [0, 10]),
        ({"sd": [2, 3]}, [9, 13]),
    ],
)
def test_ranges_become_numbers(band, numbers):
    question = spec(neurons=[{"neuron": "fc8:0", "range": band}])
    result = resolution.resolve(TOY, question)
    assert result.ranges == [{"neuron": "fc8:volcano", "range": pytest.approx(numbers)}]
    assert (result.model, result.sha256, result.k) == ("toy", "a" * 64, 7)


def test_only_a_method_that_keeps_no_band_does_without_a_range():
    neurons = [{"neuron": "fc8:volcano"}, {"neuron": "conv5:3", "range": [1, 2]}]
    resolved = resolution.resolve(TOY, spec(method="climb", neurons=neurons))
    assert [each["range"] for each in resolved.ranges] == [None, [1, 2]]
    with pytest.raises(BadRange, match="calibrated keeps fc8:volcano in a range; give one") as wrong:
        resolution.resolve(TOY, spec(neurons=neurons))
    assert wrong.value.errors[0].loc == ["neurons", 0, "range"]
    with pytest.raises(BadRange, match="named twice"):
        resolution.resolve(TOY, spec(method="climb", neurons=[neurons[0], neurons[0]]))


def test_k_is_what_was_asked():
    assert resolution.resolve(TOY, spec(k=3)).k == 3


@pytest.mark.parametrize(
    ("measured", "n", "k"),
    [
        (None, 500, 7),  # not measured yet: the method's own
        (64, 500, 64),
        (64, 100, 25),  # when the last of 100 is found, at most so many are lost
        (64, 10, 7),  # though the method's own are not too many
        (4, 500, 4),  # the device has room for no more
    ],
)
def test_k_is_what_the_device_runs_best(measured, n, k):
    known = CATALOGUE if measured is None else {**CATALOGUE, "batch": {"codes": measured}}
    assert resolution.resolve(Catalogue.of(known), spec(n=n, k="auto")).k == k


@pytest.mark.parametrize(
    ("second", "message"),
    [([5, 6], "do not overlap: 1 to 2 and 5 to 6"), ([1.5, 6], "named twice; give it one range")],
)
def test_a_neuron_is_named_once(second, message):
    twice = [{"neuron": "fc8:0", "range": [1, 2]}, {"neuron": "fc8:volcano", "range": second}]
    with pytest.raises(BadRange, match=message):
        resolution.resolve(TOY, spec(neurons=twice))


def test_a_position_has_no_statistics():
    question = spec(neurons=[{"neuron": "conv5:3@1,1", "range": {"quantiles": [0.5, 1]}}])
    with pytest.raises(BadRange, match="conv5:3@1,1 was not measured; give its range as two numbers"):
        resolution.resolve(TOY, question)


def test_a_constant_neuron_has_empty_quantiles():
    still = {**CATALOGUE, "neurons": {"fc8:2": {"mean": 1.0, "sd": 0.0, "quantiles": {"0": 1.0, "1": 1.0}}}}
    with pytest.raises(BadRange, match="which is empty"):
        resolution.resolve(
            Catalogue.of(still), spec(neurons=[{"neuron": "fc8:2", "range": {"quantiles": [0.5, 1]}}])
        )


@pytest.mark.parametrize(
    ("change", "loc", "message"),
    [
        ({"method": "newton"}, ["method"], "there are calibrated, paper"),
        ({"options": {"margn": 1}}, ["options", "margn"], "there are margin, rounds, literal, starts"),
        ({"options": {"margin": 2}}, ["options", "margin"], "lies in 0 to 1, not at 2"),
        ({"options": {"margin": float("nan")}}, ["options", "margin"], "lies in 0 to 1"),
        ({"options": {"margin": True}}, ["options", "margin"], "is a number, not True"),
        ({"options": {"rounds": 2.5}}, ["options", "rounds"], "is a whole number, not 2.5"),
        ({"options": {"literal": 1}}, ["options", "literal"], "is true or false, not 1"),
        ({"options": {"starts": "bnad"}}, ["options", "starts"], "is one of prior, any, band, not 'bnad'"),
        ({"options": {"starts": 1}}, ["options", "starts"], "is one of prior, any, band, not 1"),
        ({"method": "paper", "options": {"margin": 0.5}}, ["options", "margin"], "there is no option"),
    ],
)
def test_options_are_the_method_s(change, loc, message):
    with pytest.raises(BadOption, match=message) as caught:
        resolution.resolve(TOY, spec(**change))
    assert caught.value.errors[0].loc == loc


def test_all_that_is_wrong_is_said_at_once():
    both = [{"neuron": "fc8:x", "range": [1, 2]}, {"neuron": "fc9:0", "range": [1, 2]}]
    with pytest.raises(InvalidSpec) as caught:
        resolution.resolve(TOY, spec(neurons=both, method="newton"))
    places = [error.loc for error in caught.value.errors]
    assert places == [["neurons", 0, "neuron"], ["neurons", 1, "neuron"], ["method"]]


def test_an_unknown_model_is_answered_with_the_nearest():
    resolution.choose(["toy", "scenes"], "toy")
    with pytest.raises(UnknownModel, match="did you mean scenes"):
        resolution.choose(["toy", "scenes"], "scene")
    with pytest.raises(UnknownModel, match="start a worker"):
        resolution.choose([], "scenes")


@pytest.mark.parametrize("first", ["calibrated", "paper"])
def test_a_job_that_names_no_method_gets_the_first_of_its_model(first):
    methods = {first: CATALOGUE["methods"][first], **CATALOGUE["methods"]}
    resolved = resolution.resolve(Catalogue.of({**CATALOGUE, "methods": methods}), spec())
    assert (resolved.method, resolved.k) == (first, methods[first]["default_k"])
    assert (
        resolution.resolve(Catalogue.of({**CATALOGUE, "methods": methods}), spec(method="climb")).method
        == "climb"
    )
