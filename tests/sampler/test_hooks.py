"""Layers are read while a network computes, whatever it is made of."""

import pytest
import torch
from torch import nn

from inverset.sampler.hooks import LayerNotReached, capture


def outputs(network, inputs, *names, **more):
    result = capture(network, inputs, dict.fromkeys(names, lambda said: said.output), **more)
    return [result[name] for name in names]


class Awkward(nn.Module):
    """Branches on its data, works in place, calls a layer twice, gives dictionaries, and counts how far it came."""

    def __init__(self):
        super().__init__()
        self.first, self.act, self.last = nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 2)
        self.pair, self.unused, self.ended = Pair(), nn.Linear(4, 4), 0

    def forward(self, values):
        if values.sum() > 1e9:  # what tracing cannot follow
            return values
        values = self.act(self.first(values))
        values = self.act(self.pair(values)["sum"][0] - 1)
        values = self.last(values)
        self.ended += 1
        return values


class Pair(nn.Module):
    def forward(self, values):
        return {"text": "no tensor", "sum": (values * 3, values)}


def test_a_layer_that_the_next_one_alters_is_read_as_it_was():
    torch.manual_seed(0)
    network, inputs = Awkward(), torch.randn(5, 4)
    for _ in range(3):
        (first,) = outputs(network, inputs, "first")
        torch.testing.assert_close(first, network.first(inputs))
        first, _ = outputs(network, inputs, "first", "last")
        torch.testing.assert_close(first, network.first(inputs))
        assert (first < 0).any()


def test_of_a_layer_that_is_called_twice_the_last_call_counts_and_what_comes_after_is_not_run():
    torch.manual_seed(0)
    network, inputs = Awkward(), torch.randn(5, 4)
    expected = (network.first(inputs).relu() * 3 - 1).relu()
    for _ in range(3):
        (act,) = outputs(network, inputs, "act")
        torch.testing.assert_close(act, expected)
    assert network.ended == 1, "the first pass tells how often it is called; the others end there"


def test_of_several_things_the_first_tensor_counts_and_inputs_have_a_sign():
    torch.manual_seed(0)
    network, inputs = Awkward(), torch.randn(5, 4)
    pair, given, last = outputs(network, inputs, "pair", "pair<", "last<")
    torch.testing.assert_close(pair, given * 3)
    torch.testing.assert_close(last, (given * 3 - 1).relu())


def test_the_gradient_comes_through():
    network, inputs = Awkward(), torch.randn(5, 4, requires_grad=True)
    first, _ = outputs(network, inputs, "first", "last")
    (result,) = torch.autograd.grad(first.sum(), inputs)
    torch.testing.assert_close(result, network.first.weight.sum(0).expand(5, 4))


def test_a_layer_that_takes_no_part_is_named():
    with pytest.raises(LayerNotReached, match="unused"):
        outputs(Awkward(), torch.randn(5, 4), "first", "unused")


def test_maps_with_their_units_last_are_read_with_them_second():
    network = nn.Sequential(nn.Linear(3, 7))
    (maps,) = outputs(network, torch.randn(2, 5, 6, 3), "0", channels_last={"0"})
    assert maps.shape == (2, 7, 5, 6)


def test_no_hook_stays_when_a_network_fails():
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, values):
            raise RuntimeError("broken")

    network = Broken()
    with pytest.raises(RuntimeError, match="broken"):
        outputs(network, torch.zeros(1, 2), "layer")
    assert not network.layer._forward_hooks
