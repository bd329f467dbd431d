"""The network from E on: exact where neurons lie behind E, and none where they do not."""

import pytest
import torch

from inverset.sampler import zoo
from inverset.sampler.problem import Band, Neuron, Problem


@pytest.fixture(scope="module")
def bundle():
    return zoo.load("scenes")


def problem(bundle, *names):
    neurons = tuple(Neuron.parse(name, bundle) for name in names)
    return Problem(bundle, neurons, (Band(0.0, 1.0),) * len(neurons))


@pytest.mark.parametrize("names", [["fc8:volcano"], ["relu6:3"], ["relu7:5", "fc7:5", "fc8:2"]])
def test_a_head_says_what_the_network_says(bundle, names):
    question = problem(bundle, *names)
    with torch.no_grad():
        codes = bundle.prior.decode(
            torch.randn(20, bundle.prior.dimension, generator=torch.Generator().manual_seed(3))
        )
        seen = question.forward(codes)
        assert torch.allclose(question.head.predict(seen.features), seen.activations, atol=1e-3)


@pytest.mark.parametrize("name", ["conv5:3", "conv1:0@max", "fc6:3"])
def test_a_neuron_before_e_has_no_head(bundle, name):
    assert problem(bundle, name).head is None
    assert problem(bundle, "fc8:volcano", name).head is None


def test_a_neuron_that_is_off_has_a_slope(bundle):
    question = problem(bundle, "relu7:17")
    codes = bundle.reference.codes[:50].clone().requires_grad_()
    values = question.head.predict(codes)
    (slope,) = torch.autograd.grad(values.sum(), codes)
    off = values[:, 0] == 0
    assert off.any()
    assert (slope[off].norm(dim=1) > 0).all()
