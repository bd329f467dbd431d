"""Weights on their way from files into networks: what fits goes in, what does not is told."""

import copy
import os

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from inverset.sampler.zoo.caffe import weights
from inverset.sampler.zoo.errors import BadFile
from tests.sampler.zoo.caffe import writing

ANY_FILE = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def small():
    made = nn.Sequential()
    made.add_module("conv1", nn.Conv2d(2, 4, 3, groups=2))
    made.add_module("relu1", nn.ReLU())
    made.add_module("deconv1", nn.ConvTranspose2d(4, 2, 3))
    made.add_module("flatten", nn.Flatten())
    made.add_module("fc1", nn.Linear(2 * 25, 3))
    return made.requires_grad_(requires_grad=False)


@pytest.fixture
def image():
    return torch.randn(2, 2, 5, 5)


def saved(path, network, prefix="", wrapped=False):
    names = {
        f"{prefix}{name.replace('.', '.1.') if wrapped else name}": value
        for name, value in network.state_dict().items()
    }
    torch.save(names, path)
    return path


def empty(network):
    return copy.deepcopy(network).to("meta")


@pytest.mark.parametrize("version", [1, 2])
def test_caffemodel(tmp_path, small, image, version):
    path = writing.caffemodel(tmp_path / "a.caffemodel", small, version, legacy=True)

    read = weights.fill(empty(small), weights.read(path), path)

    assert torch.equal(read(image), small(image))
    assert not any(parameter.requires_grad for parameter in read.parameters())


@pytest.mark.parametrize(("prefix", "wrapped"), [("", False), ("G.", False), ("", True)])
def test_converted_files(tmp_path, small, image, prefix, wrapped):
    path = saved(tmp_path / "a.pt", small, prefix, wrapped)

    read = weights.fill(empty(small), weights.read(path), path)

    assert torch.equal(read(image), small(image))


def test_what_else_is_in_the_file_is_left(tmp_path, small, image):
    larger = copy.deepcopy(small)
    larger.add_module("fc2", nn.Linear(3, 3))
    path = writing.caffemodel(tmp_path / "a.caffemodel", larger, 2)

    assert torch.equal(weights.fill(empty(small), weights.read(path), path)(image), small(image))


def refused(path, small):
    with pytest.raises(BadFile) as refusal:
        weights.fill(empty(small), weights.read(path), path)
    return str(refusal.value)


def test_a_missing_layer(tmp_path, small):
    path = writing.caffemodel(tmp_path / "a.caffemodel", small[:3], 2)

    assert "no weights of a layer 'fc1'; it has conv1, deconv1" in refused(path, small)


def test_another_shape(tmp_path, small):
    other = copy.deepcopy(small)
    other.fc1 = nn.Linear(50, 4)
    path = writing.caffemodel(tmp_path / "a.caffemodel", other, 1, legacy=True)

    assert "the weight of fc1 is 1x1x4x50, it should be 3x50" in refused(path, small)


def test_no_bias(tmp_path, small):
    small_without = copy.deepcopy(small)
    small_without.conv1.bias = None
    path = writing.caffemodel(tmp_path / "a.caffemodel", small_without, 1)

    assert "conv1 has 1 blobs, it should have 2" in refused(path, small)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_numbers(tmp_path, small, value):
    other = copy.deepcopy(small)
    other.conv1.weight[0, 0, 0, 0] = value
    path = writing.caffemodel(tmp_path / "a.caffemodel", other, 2)

    assert "the weight of conv1 has values that are not numbers" in refused(path, small)


def test_another_kind_of_file(tmp_path, small):
    assert "neither" in refused(tmp_path / "a.onnx", small)


class Harmful:
    """Would make a folder when unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def test_nothing_is_run(tmp_path, small):
    path, folder = tmp_path / "a.pt", tmp_path / "made"
    torch.save({"conv1.weight": Harmful(folder)}, path)

    assert "no state dictionary of tensors" in refused(path, small)
    assert not folder.exists()


@pytest.mark.parametrize(
    "content",
    [
        [torch.zeros(2)],
        {"conv1.weight": 3},
        {3: torch.zeros(2)},
        {"a.b": torch.zeros(2, dtype=torch.int8)},
        {"a.b": torch.ones(1).expand(2**36)},
    ],
)
def test_other_contents(tmp_path, small, content):
    path = tmp_path / "a.pt"
    torch.save(content, path)

    assert str(path) in refused(path, small)


def test_missing_files(tmp_path, small):
    for name in ("a.pt", "a.caffemodel"):
        with pytest.raises(BadFile, match="No such file"):
            weights.read(tmp_path / name)
    with pytest.raises(BadFile, match="No such file"):
        weights.sha256(tmp_path / "a.pt")


@pytest.fixture(scope="module")
def torch_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("torch") / "a.pt"
    torch.save({"conv1.weight": torch.zeros(4, 1, 3, 3), "conv1.bias": torch.zeros(4)}, path)
    return path.read_bytes()


def assert_clear(refusal, path):
    assert str(path) in str(refusal)
    assert len(str(refusal)) < 1000


@ANY_FILE
@given(data=st.data())
def test_any_torch_file_is_read_or_refused(tmp_path, torch_file, data):
    changed = bytearray(torch_file)
    for at in data.draw(st.lists(st.integers(0, len(changed) - 1), max_size=6)):
        changed[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "a.pt"
    path.write_bytes(bytes(changed[: data.draw(st.integers(0, len(changed)))]))

    try:
        layers = weights.read(path)
    except BadFile as refusal:
        assert_clear(refusal, path)
    else:
        assert sum(blob.numel() for blobs in layers.values() for blob in blobs) <= 1000
