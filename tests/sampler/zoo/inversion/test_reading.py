"""Any layer is read by its path; what cannot be inverted is told."""

import pytest
import torch

from sampler.zoo.errors import ZooError
from tests.sampler.zoo.inversion.pupils import SIDE, network, reader


@pytest.mark.parametrize(
    ("layer", "shape"), [("relu3", (24,)), ("relu2", (12, 4, 4)), ("tokens", (12, 16)), ("out", (3,))]
)
def test_codes_are_the_layers_output_flattened(layer, shape):
    made, images = reader(layer), torch.rand(2, 3, SIDE, SIDE)
    assert made.shape == shape
    seen = {}
    module = network().module
    module.get_submodule(layer).register_forward_hook(lambda _, __, output: seen.update(it=output))
    module(images * 2 - 1)
    torch.testing.assert_close(made(images).codes, seen["it"].flatten(1))


def test_the_layers_on_the_way_are_compared():
    assert reader("relu3").looks == ("conv1", "conv2", "relu2", "last")  # of six, four
    assert reader("relu1").looks == ("conv1",)
    assert reader("conv1").looks == ()


def test_gradients_pass_and_hooks_do_not_stay():
    made = reader("relu2")
    images = torch.rand(1, 3, SIDE, SIDE, requires_grad=True)
    made(images).codes.sum().backward()
    assert images.grad.abs().sum() > 0
    assert not any(layer._forward_hooks for layer in made._network.module.modules())


def test_a_layer_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(ZooError, match="did you mean relu3"):
        reader("relu4")


def test_maps_with_channels_last_are_folded_as_tokens():
    from sampler.zoo.inversion.reading import _folded

    assert _folded(torch.zeros(1, 4, 4, 12), True) == (16, 12)
    assert _folded(torch.zeros(1, 4, 4, 12), False) == (4, 4, 12)
    assert _folded(torch.zeros(1, 12, 1, 1), False) == (12,)
