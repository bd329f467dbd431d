"""Every layer of CaffeNet and of the generators, at full size, against OpenCV's own Caffe importer."""

import pytest
import torch

from inverset.sampler.zoo.caffe import caffenet, upconvolutions, weights
from tests.sampler.zoo.caffe import importing, writing

CLOSE = 1e-4
pytestmark = pytest.mark.slow


def compared(tmp_path, made, empty, version, given, **how):
    """The differences, layer by layer, once the network went through a file of that version of the format."""
    path = writing.caffemodel(tmp_path / "net.caffemodel", made, version, **how)
    read = weights.fill(empty, weights.read(path), path)
    if version == 0:  # OpenCV passes over weights in the oldest files
        path = writing.caffemodel(path, made, 1)
    return importing.farthest(read, path, given)


def photograph(*shape):
    """Noise at all scales, of the range of an image less its mean."""
    random = torch.Generator().manual_seed(1)
    octaves = [
        torch.nn.functional.interpolate(torch.randn(*shape[:2], s, s, generator=random), shape[2:])
        for s in (2, 8, 32, 128)
    ]
    return sum(octaves) * 30


@pytest.mark.parametrize(
    ("version", "classes", "legacy"),
    [(1, caffenet.CLASSES, True), (2, caffenet.CLASSES, False), (0, caffenet.PLACES, True)],
)
def test_caffenet_and_placescnn(tmp_path, version, classes, legacy):
    given = photograph(2, 3, 227, 227)
    made = writing.alive(caffenet.build(classes), 0, given)

    apart = compared(tmp_path, made, caffenet.build(classes), version, given, legacy=legacy)

    assert len(apart) == 20
    assert max(apart.values()) < CLOSE, apart
    assert importing.ours(made, given)["fc8"].shape == (2, classes)


@pytest.mark.parametrize(
    ("version", "layer", "legacy"), [(1, "fc6", True), (2, "fc6", False), (2, "pool5", False)]
)
def test_generators(tmp_path, version, layer, legacy):
    shape = upconvolutions.FAMILY[layer].code
    given = (0.6 + 3.74 * torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))).clamp(0, 30)
    made = writing.alive(upconvolutions.body(layer), 0, given)

    apart = compared(tmp_path, made, upconvolutions.body(layer), version, given, legacy=legacy)

    assert max(apart.values()) < CLOSE, apart
    assert importing.ours(made, given)["deconv0"].shape == (2, 3, 256, 256)


@pytest.mark.parametrize("layer", ["norm1", "norm2", "conv3", "conv4", "fc6_eucl", "fc7", "fc8"])
def test_the_others_of_the_family_have_their_shapes(layer):
    shape = upconvolutions.FAMILY[layer]
    body = upconvolutions.body(layer).to_empty(device="meta")

    made = body(torch.empty(1, *shape.code, device="meta"))

    assert made.shape[2] in {240, 256}
    assert made.shape[:2] == (1, 3)


@pytest.mark.parametrize("layer", upconvolutions.FAMILY)
def test_codes_have_the_shape_of_the_layer_that_they_invert(layer):
    shape, value = upconvolutions.FAMILY[layer], torch.empty(1, 3, 227, 227, device="meta")
    for name, module in caffenet.build().named_children():
        value = module(value)
        if name == shape.inverts:
            break

    assert tuple(value.shape[1:]) == shape.code


def test_fc6_has_the_published_number_of_parameters():
    body = upconvolutions.body("fc6")

    assert sum(each.numel() for each in body.parameters()) == pytest.approx(56.1e6, rel=2e-3)
