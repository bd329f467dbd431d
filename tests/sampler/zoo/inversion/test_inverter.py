"""The inverter's shape, for every kind of layer and size of image."""

import pytest
import torch

from inverset.sampler.zoo.inversion.inverter import Inverter, Tokens, paintable
from inverset.sampler.zoo.scenes import networks


@pytest.mark.parametrize(
    ("code", "size"),
    [
        ((20,), (28, 28)),
        ((512,), (64, 64)),
        ((64,), (96, 64)),
        ((100,), (224, 224)),
        ((8, 8, 8), (64, 64)),
        ((8, 7, 7), (224, 224)),
        ((8, 13, 13), (256, 256)),  # a map that no doubling leads from
        ((8, 32, 32), (32, 32)),  # as large as the image
        ((4, 1, 1), (32, 32)),
        ((17, 12), (32, 32)),  # tokens with one for the class
        ((201, 12), (224, 224)),  # and four registers
        ((16, 12), (32, 64)),
    ],
)
def test_codes_of_any_shape_become_images_of_any_size(code, size):
    made = Inverter(code, size)
    codes = torch.randn(2, torch.Size(code).numel(), requires_grad=True)
    painted = made(codes)
    assert painted.shape == (2, 3, *size)
    painted.square().sum().backward()
    assert (codes.grad != 0).double().mean() > 0.5


def test_a_size_that_cannot_be_reached_is_told_with_one_that_can():
    with pytest.raises(ValueError, match="as 224 x 224"):
        Inverter((100,), (227, 227))


def test_a_network_s_own_size_is_painted_or_the_nearest_that_can_be():
    assert paintable((100,), (224, 224)) == (224, 224)
    assert paintable((100,), (227, 299)) == (224, 288)
    assert paintable((8, 13, 13), (227, 227)) == (227, 227)  # a map can become any size
    assert Inverter((100,), paintable((100,), (227, 299)))(torch.zeros(1, 100)).shape == (1, 3, 224, 288)


def test_tokens_stand_where_they_were_and_the_class_everywhere():
    codes = torch.arange(5 * 2).float()[None]  # the class token first, then a square of 2
    maps = Tokens(5, 2)(codes)
    assert maps.shape == (1, 4, 2, 2)
    assert maps[0, 0].tolist() == [[2, 4], [6, 8]]
    assert maps[0, 2:].flatten(1).tolist() == [[0] * 4, [1] * 4]


def test_the_generator_of_scenes_is_one():
    assert isinstance(networks.generator(), Inverter)
    assert [tuple(each.shape) for each in networks.generator().parameters()][:3] == [
        (192 * 16, 512),
        (192 * 16,),
        (192, 128, 4, 4),
    ]
