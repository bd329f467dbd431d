"""Neurons by their names, on vectors, maps and tokens, and directions in the place of units."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from inverset.sampler.directions import Directions
from inverset.sampler.neuron import Neuron, UnknownNeuron
from tests.sampler import toys

VECTORS = torch.eye(toys.PIXELS)[[3, 5]] * 2
PLAIN = Directions("c.safetensors", ("stripes", "dots"), "0" * 64, VECTORS, torch.zeros(2))
LATENTS = Directions(
    "sae.safetensors", ("0", "1"), "0" * 64, VECTORS, torch.tensor([0.0, -1.0]), torch.tensor([0.0, 0.5])
)


FILES = {"c.safetensors": ["stripes", "dots"], "sae.safetensors": 2}
LAYERS = [
    {"name": "map", "kind": "map", "units": 8, "labels": [], "size": [4, 5], "directions": FILES},
    {"name": "tokens", "kind": "tokens", "units": 8, "labels": [], "tokens": 6},
    toys.vector("code", toys.PIXELS),
]


@pytest.fixture
def bundle():
    files = {each.file: each for each in (PLAIN, LATENTS)}
    toy = toys.bundle(nn.Identity())
    return replace(toy, directions={"map": files}, catalogue={"layers": LAYERS})


@pytest.mark.parametrize(
    "name",
    [
        "code:3",
        "tokens:3@2",
        "map:3@2,4",
        "map:3@max",
        "map:direction:c.safetensors#dots",
        "map:direction:sae.safetensors#1@mean",
    ],
)
def test_a_name_is_read_as_it_is_written(bundle, name):
    neuron = Neuron.parse(name, bundle)
    assert str(neuron) == name
    assert neuron == Neuron.parse(name, bundle)
    assert hash(neuron) == hash(Neuron.parse(name, bundle))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("map:direction:c.safetensors#dot", "did you mean dots"),
        ("map:direction:d.safetensors#dots", "did you mean c"),
        ("map:direction:sae.safetensors#2", "has no latent 2; its latents are 0 to 1"),
        ("code:direction:c.safetensors#dots", "none are registered"),
    ],
)
def test_a_wrong_direction_is_answered_with_the_nearest(bundle, name, message):
    with pytest.raises(UnknownNeuron, match=message):
        Neuron.parse(name, bundle)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ("center", lambda tokens: tokens[:, 0, 3]),
        ((4,), lambda tokens: tokens[:, 4, 3]),
        ("max", lambda tokens: tokens[:, :, 3].amax(1)),
        ("mean", lambda tokens: tokens[:, :, 3].mean(1)),
    ],
)
def test_tokens_are_read_at_the_first_at_one_or_over_all(reading, expected):
    tokens = torch.randn(2, 6, toys.PIXELS)
    torch.testing.assert_close(Neuron("x", 3, reading).read(tokens), expected(tokens))
    torch.testing.assert_close(Neuron("x", 0, reading, directions=PLAIN).read(tokens), 2 * expected(tokens))


@pytest.mark.parametrize("reading", ["center", (1, 2), "max", "mean"])
def test_a_direction_along_a_unit_says_what_the_unit_says(reading):
    maps = torch.randn(2, toys.PIXELS, 4, 5)
    unit, along = Neuron("x", 3, reading), Neuron("x", 0, reading, directions=PLAIN)
    torch.testing.assert_close(along.read(maps), 2 * unit.read(maps))
    assert along.read_layer(maps).shape == (2, 2)


@pytest.mark.parametrize(
    ("reading", "shape"),
    [((9,), (2, 6, 48)), ((1, 1), (2, 6, 48)), ((1,), (2, 48, 4, 4)), ((4, 0), (2, 48, 4, 4))],
)
def test_a_place_that_is_not_there_is_refused(reading, shape):
    with pytest.raises(UnknownNeuron, match="outside"):
        Neuron("x", 3, reading).read(torch.zeros(shape))


def test_latents_are_rectified_jump_and_are_woken():
    codes = torch.tensor([[0.1], [0.6], [0.9]]).expand(3, toys.PIXELS).clone().requires_grad_()
    values = Neuron("x", 1, directions=LATENTS).read(codes)
    torch.testing.assert_close(
        values, torch.tensor([0.0, 0.0, 0.8]), msg="2 * .6 - 1 lies below its threshold"
    )
    (gradient,) = torch.autograd.grad(values.sum(), codes)
    torch.testing.assert_close(gradient[:, 5], torch.tensor([0.1, 0.1, 2.0]))
