"""Colours, on their way from codes to PNGs and into networks."""

import pytest
import torch

from inverset.sampler.zoo.caffe import pixels
from inverset.sampler.zoo.networks.preprocessing import Preprocess

TO_CAFFE = Preprocess.of(pixels.PREPROCESSING)


def test_what_is_painted_comes_back():
    painted = torch.randn(2, 3, 227, 227) * 40

    assert torch.allclose(TO_CAFFE(pixels.to_rgb(painted)), painted, atol=1e-3)


def test_an_8_bit_image_is_whole_numbers_less_the_mean():
    image = torch.tensor([255, 128, 0]).view(1, 3, 1, 1).expand(1, 3, 227, 227) / 255

    blue, green, red = TO_CAFFE(image)[0, :, 0, 0].tolist()

    assert blue == pytest.approx(-104.00698793)
    assert green == pytest.approx(128 - 116.66876762, abs=1e-4)
    assert red == pytest.approx(255 - 122.67891434, abs=1e-4)


def test_the_middle_begins_at_14():
    image = torch.zeros(1, 3, 256, 256)
    image[:, :, 14, 14] = image[:, :, 240, 240] = 1

    cut = TO_CAFFE(image)

    assert pixels.middle(image)[0, 0, [0, -1], [0, -1]].tolist() == [1, 1]
    assert torch.equal(cut, TO_CAFFE(pixels.middle(image)))


def test_as_ppgn_shows():
    less_mean = torch.tensor([-130.0, -120.0, 0.0, 60.0, 120.0, 130.0])
    rgb = (less_mean[:, None, None, None] + torch.tensor(pixels.MEAN[::-1])[:, None, None]) / 255

    shown = pixels.as_ppgn_shows(rgb)

    assert shown[:, 0, 0, 0].tolist() == pytest.approx([0, 0, 0.5, 0.75, 1, 1], abs=1e-5)
    assert torch.allclose(shown, shown[:, :1].expand_as(shown), atol=1e-5)
