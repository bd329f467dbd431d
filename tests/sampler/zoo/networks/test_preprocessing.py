"""Images on their way into a network."""

import pytest
import torch

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.networks.preprocessing import Preprocess, Preprocessing


def made(**settings):
    return Preprocess.of(Preprocessing.of(settings))


def test_an_image_of_the_network_s_size_is_taken_as_it_is():
    images = torch.rand(2, 3, 8, 6)
    assert torch.equal(made(size=[8, 6], resize=20)(images), images)


def test_another_is_resized_and_cut_in_its_middle():
    images = torch.zeros(1, 3, 10, 20)
    images[..., 8:12] = 1
    seen = made(size=4, resize=10)(images)
    assert seen.shape == (1, 3, 4, 4)
    assert (seen == 1).all()


def test_settings_of_an_entry_go_before_the_family_s():
    family = Preprocessing(size=224, resize=256, mean=(0.4,))
    assert Preprocessing(mean=(0.5,)).over(family) == Preprocessing(size=224, resize=256, mean=(0.5,))
    assert Preprocessing(size=64).over(family).resize is None, "their resizing does not fit another size"


def test_a_caffe_network_is_fed_as_it_was_trained():
    images = torch.rand(1, 3, 4, 4)
    seen = made(size=4, channels="bgr", scale=255.0, mean=[104.0, 117.0, 123.0])(images)
    torch.testing.assert_close(seen[:, 0], images[:, 2] * 255 - 104)
    torch.testing.assert_close(seen[:, 2], images[:, 0] * 255 - 123)


@pytest.mark.parametrize("channels", ["l", "ll", "rgbl", "rrrrr"])
def test_any_number_of_channels_can_be_fed(channels):
    images = torch.rand(1, 3, 4, 4)
    seen = made(size=4, channels=channels)(images)
    assert seen.shape == (1, len(channels), 4, 4)
    grey = 0.299 * images[:, 0] + 0.587 * images[:, 1] + 0.114 * images[:, 2]
    torch.testing.assert_close(seen[:, -1], grey if channels[-1] == "l" else images[:, 0])


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest"])
def test_the_gradient_comes_back_to_the_pixels_that_are_seen(interpolation):
    images = 0.4 + 0.2 * torch.rand(1, 3, 12, 12)
    images.requires_grad_()
    made(size=8, resize=8, interpolation=interpolation, channels="bgrl")(images).sum().backward()
    seen = (images.grad != 0).float().mean()
    assert seen == 1 if interpolation != "nearest" else 0.3 < seen < 0.6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "size is a number of pixels"),
        ({"size": [3, 4, 5]}, "size is a number of pixels"),
        ({"size": 8, "resize": 6}, "no cut of 8x8"),
        ({"channels": "rgx"}, "letters of 'rgbl'"),
        ({"channels": ""}, "letters of 'rgbl'"),
        ({"interpolation": "bicubc"}, "did you mean bicubic"),
        ({"mean": [1.0, 2.0]}, "2 numbers for 3 channels"),
        ({"mean": "grey"}, "mean is a number"),
        ({"std": 0.0}, "std lies above 0"),
        ({"scale": 0}, "scale lies above 0"),
        ({"scale": float("nan")}, "scale is a number"),
    ],
)
def test_what_makes_no_sense_is_refused(settings, message):
    with pytest.raises(BadEntry, match=message):
        made(**settings)
