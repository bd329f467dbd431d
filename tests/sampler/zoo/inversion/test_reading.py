"""Any layer is read by its path; what cannot be inverted is told."""

import pytest
import torch

from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.inversion.reading import Reader
from inverset.sampler.zoo.own.seeing import look
from inverset.sampler.zoo.parts import Network
from tests.sampler.zoo.inversion.pupils import SIDE, Seer, network, reader


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


def test_codes_of_maps_with_channels_last_are_those_that_are_measured():
    made, images = reader("last", channels_last=frozenset({"relu2"})), torch.rand(2, 3, SIDE, SIDE)
    assert made.shape == (12, 16)
    turned = reader("relu2", channels_last=frozenset({"relu2"}))
    assert turned.shape == (4, 12, 4)
    network_ = network(channels_last=frozenset({"relu2"}))
    measured = look(network_, images, {"relu2": lambda output: output.flatten(1)})["relu2"]
    torch.testing.assert_close(turned(images).codes, measured)


@pytest.mark.parametrize("layer", ["fc<", "relu2"])
def test_what_goes_into_a_layer_is_inverted_as_it_is_measured(layer):
    made, images = Reader(pooling(), layer, (SIDE, SIDE)), torch.rand(2, 3, SIDE, SIDE)
    measured = look(pooling(), images, {layer: lambda output: output.flatten(1)})[layer]
    torch.testing.assert_close(made(images).codes, measured)
    assert made.shape == {"fc<": (12,), "relu2": (12, 4, 4)}[layer]


class Pooling(Seer):
    """Pools in ``forward``, as most networks for CIFAR do; a ReLU is called twice, and a layer gives two things."""

    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(12, 24)

    def forward(self, images):
        maps = self.relu2(self.relu2(self.conv2(self.relu1(self.conv1(images)))) - 0.1)
        return self.fc(maps.mean(dim=(2, 3)))


def pooling():
    torch.manual_seed(0)
    return Network(Pooling().eval(), lambda images: images * 2 - 1, (SIDE, SIDE), "a" * 64)
