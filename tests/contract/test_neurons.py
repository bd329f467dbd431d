"""One grammar: whatever names a neuron, here or there, is accepted, refused and named alike."""

from dataclasses import replace
from itertools import product

import pytest

from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue
from inverset.contract.errors import UnknownNeuron as UnknownToTheService
from inverset.contract.neurons import UnknownNeuronName, layers_of, parse
from inverset.sampler import sample, zoo
from inverset.sampler.neuron import Neuron, UnknownNeuron
from inverset.sampler.problem import ProblemError
from tests.sampler.test_neuron import LATENTS, LAYERS, PLAIN

NAMES = ["fc8", "conv5", "map", "tokens", "code", "fc9", "", "FC8", "conv5 "]
UNITS = [
    "volcano", "0", "3", "007", "7", "12", "999", "1000000000000", "-1", "+1", "1.0", "²", "٣", "Volcano", "volcan", " 3", "",
    "direction:c.safetensors#dots", "direction:c.safetensors#dot", "direction:d.safetensors#dots", "direction:sae.safetensors#1",
    "direction:sae.safetensors#01", "direction:sae.safetensors#2", "direction:", "direction:#", "3#1", "a:b",
]  # fmt: skip
READINGS = [
    "", "@", "@center", "@max", "@mean", "@min", "@0", "@1", "@2,3", "@7,9", "@99,99", "@3,", "@,3", "@2,3,4", "@-1", "@0,0",
    "@1234567", "@max@max", "@٣",
]  # fmt: skip
SPELLINGS = [f"{name}:{unit}{reading}" for name, unit, reading in product(NAMES, UNITS, READINGS)]


@pytest.fixture(scope="module")
def model():
    """``scenes`` with a map, tokens, a vector and directions more."""
    scenes = zoo.load("scenes")
    layers = [*LAYERS, *scenes.catalogue["layers"]]
    return replace(
        scenes,
        catalogue={**scenes.catalogue, "layers": layers},
        directions={"map": {each.file: each for each in (PLAIN, LATENTS)}},
    )


@pytest.fixture(scope="module")
def offered(model):
    """The same as a service has it."""
    return Catalogue.of({**model.catalogue, "name": model.name, "methods": {}, "neurons": {}})


def by_the_service(offered, text):
    try:
        return resolution.canonical(offered, text)
    except UnknownToTheService as error:
        return error


def by_the_sampler(model, text):
    try:
        return str(Neuron.parse(text, model))
    except UnknownNeuron as error:
        return error


def test_thousands_of_spellings_are_taken_alike_by_service_and_sampler(model, offered):
    accepted = 0
    for text in [*SPELLINGS, "", ":", "fc8", "fc8:volcano ", " fc8:volcano", "fc8:volcano\n"]:
        here, there = by_the_service(offered, text), by_the_sampler(model, text)
        assert str(here) == str(there), text
        assert isinstance(here, str) == isinstance(there, str), text
        accepted += isinstance(here, str)
    assert len(SPELLINGS) > 4000
    assert 100 < accepted < 1000


def test_a_canonical_name_names_itself(model, offered):
    for text in SPELLINGS:
        name = by_the_service(offered, text)
        if isinstance(name, str):
            assert by_the_service(offered, name) == name == by_the_sampler(model, name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fc8:volcano@7,9", "fc8 is not a map; leave @7,9 out"),
        ("fc8:volcano@max", "fc8 is not a map; leave @max out"),
        ("fc8:999", "fc8 has no unit 999; its units are 0 to 11"),
        ("conv5:3@99,0", "it has no position 99,0"),
        ("fc8:vulcano", "did you mean volcano"),
        ("volcano", "is not a neuron; write layer:unit, as in fc8:0"),
    ],
)
def test_a_notebook_gets_a_sentence(text, message):
    with pytest.raises(ProblemError, match=message):
        sample(zoo.load("scenes"), {"neurons": [{"neuron": text, "range": [2.0, 5.0]}], "n": 1})


def test_a_neuron_that_is_named_twice_is_refused_in_a_notebook_too():
    neurons = [{"neuron": name, "range": [2.0, 5.0]} for name in ("fc8:volcano", "fc8:0")]
    with pytest.raises(ProblemError, match="fc8:volcano is named twice"):
        sample(zoo.load("scenes"), {"neurons": neurons, "n": 1})


def test_a_label_that_looks_like_a_direction_is_a_label():
    layers = [{"name": "fc", "kind": "vector", "units": 2, "labels": ["a", "direction:x#y"]}]
    result = parse("fc:1", "toy", layers_of({"layers": layers}))
    assert (str(result), result.unit, result.direction) == ("fc:direction:x#y", 1, None)
    assert parse(str(result), "toy", layers_of({"layers": layers})) == result


def test_a_unit_beyond_its_layer_is_named_by_no_label():
    layers = [{"name": "fc", "kind": "vector", "units": 1, "labels": ["a", "b"]}]
    assert str(parse("fc:0", "toy", layers_of({"layers": layers}))) == "fc:a"
    with pytest.raises(UnknownNeuronName, match="did you mean a"):
        parse("fc:b", "toy", layers_of({"layers": layers}))
