"""``caffe:caffenet`` and ``caffe:places`` as an entry names them."""

import pytest
import torch
from torch import nn

from inverset.sampler.zoo import networks
from inverset.sampler.zoo.caffe import caffenet
from inverset.sampler.zoo.errors import BadEntry, BadFile
from inverset.sampler.zoo.networks import NetworkEntry
from tests.sampler.zoo.caffe import writing


def load(folder, source, **table):
    return networks.load(NetworkEntry.of({"source": source, **table}), folder)


@pytest.mark.slow
def test_caffenet_from_its_file(paper):
    network = load(paper.folder, "caffe:caffenet", weights=paper.caffenet)
    images = torch.rand(2, 3, 256, 256)

    logits = network.module(network.preprocess(images))

    cut = (images[:, :, 14:241, 14:241] * 255).flip(1) - torch.tensor(
        [104.00698793, 116.66876762, 122.67891434]
    )[:, None, None]
    assert torch.allclose(logits, paper.network(cut), atol=1e-4)
    assert network.size == (227, 227)
    assert network.labels["fc8"].index("volcano") == 981 - 1  # the paper counts from 1


@pytest.mark.slow
def test_places_from_a_converted_file_has_its_own_classes_and_no_names(tmp_path, paper):
    state = {key: value for key, value in paper.network.state_dict().items() if not key.startswith("fc8")}
    torch.save(
        {**state, "fc8.weight": torch.zeros(205, 4096), "fc8.bias": torch.arange(205.0)},
        tmp_path / "places.pt",
    )

    read = load(tmp_path, "caffe:places", weights="places.pt")

    assert read.module(read.preprocess(torch.rand(1, 3, 227, 227)))[0].tolist() == list(range(205))
    assert read.labels == {}


def test_by_default_files_have_their_published_names(tmp_path):
    with pytest.raises(BadFile, match=r"no file .*bvlc_reference_caffenet\.caffemodel"):
        load(tmp_path, "caffe:caffenet")


def test_other_names_get_the_nearest(tmp_path):
    with pytest.raises(BadEntry, match="did you mean places"):
        load(tmp_path, "caffe:place")


def test_a_file_of_another_network(tmp_path):
    other = nn.Sequential()
    other.add_module("conv1", nn.Conv2d(3, 4, 3))
    writing.caffemodel(tmp_path / "other.caffemodel", other, 1)

    with pytest.raises(BadFile, match="no layer fc8"):
        load(tmp_path, "caffe:caffenet", weights="other.caffemodel")


def test_layers_are_before_and_after_their_rectifiers():
    names = [name for name, _ in caffenet.build().named_children()]

    assert [names[names.index(f"conv{i}") + 1] for i in range(1, 6)] == [f"relu{i}" for i in range(1, 6)]
    assert not any(getattr(layer, "inplace", False) for layer in caffenet.build())
