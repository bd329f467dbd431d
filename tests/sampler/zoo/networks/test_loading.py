"""Networks by their source, without any download."""

import sys
import types

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torchvision import models
from torchvision.transforms.functional import pil_to_tensor

from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadEntry, BadFile, NoDownload, NotInstalled
from inverset.sampler.zoo.networks import NetworkEntry


@pytest.fixture
def lab(monkeypatch):
    """A module that an admin installed."""
    module = types.ModuleType("lab_networks")
    module.small = lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Flatten())
    module.lazy = lambda: nn.LazyLinear(3)
    module.text = lambda: "no network"
    monkeypatch.setitem(sys.modules, "lab_networks", module)
    return module


def load(folder, **entry):
    return networks.load(NetworkEntry.of(entry), folder)


def test_a_network_of_torchvision_is_fed_as_its_own_weights_are(tmp_path):
    network = load(tmp_path, source="torchvision:resnet18")
    assert (network.size, network.module.training) == ((224, 224), False)
    assert not any(each.requires_grad for each in network.module.parameters())
    noise = np.random.default_rng(0).integers(0, 256, (30, 34, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).resize((340, 300), Image.Resampling.BICUBIC)
    theirs = models.ResNet18_Weights.DEFAULT.transforms()(picture)
    ours = network.preprocess(pil_to_tensor(picture)[None] / 255)[0]
    assert (ours - theirs).abs().max() < 2 / 255 / 0.225, "they round to 8 bits after each axis"


@pytest.mark.parametrize("channels", ["rgb", "l"])
def test_a_network_of_timm_is_made_for_its_channels(tmp_path, channels):
    network = load(tmp_path, source="timm:test_vit", preprocessing={"channels": channels})
    assert network.size == (160, 160)
    seen = network.preprocess(torch.full((1, 3, 160, 160), 0.5))
    assert seen.shape == (1, len(channels), 160, 160)
    assert seen.abs().max() < 1e-6, "timm's own mean of this network is .5"
    assert network.module(seen).shape == (1, 1000)


def test_an_installed_function_takes_the_weights_of_a_file(tmp_path, lab):
    state = {"0.weight": torch.randn(4, 3, 3, 3), "0.bias": torch.randn(4)}
    save_file(state, tmp_path / "small.safetensors")
    torch.save({"state_dict": state}, tmp_path / "small.pth")
    made = {
        name: load(tmp_path, source="factory:lab_networks:small", weights=name)
        for name in ("small.safetensors", "small.pth")
    }
    for network in made.values():
        assert torch.equal(network.module[0].weight, state["0.weight"])
        assert not network.module[1].inplace, "what is read of a layer must not be altered by the next"
    assert len({each.sha256 for each in made.values()}) == 1, "the content counts, not the file"


def test_another_content_has_another_sum(tmp_path, lab):
    def summed(weight=0.0, **entry):
        state = {"0.weight": torch.full((4, 3, 3, 3), weight), "0.bias": torch.zeros(4)}
        save_file(state, tmp_path / "w.safetensors")
        return load(tmp_path, source="factory:lab_networks:small", weights="w.safetensors", **entry).sha256

    sums = [summed(), summed(1.0), summed(preprocessing={"scale": 255.0}), summed(preprocessing={"size": 9})]
    assert len(set(sums)) == 4
    assert summed() == sums[0]


def test_labels_are_a_list_or_lines_of_a_file(tmp_path, lab):
    (tmp_path / "names.txt").write_text("ash\nbeech\n")
    labels = {"0": "names.txt", "2": ["cat"]}
    network = load(tmp_path, source="factory:lab_networks:small", labels=labels)
    assert network.labels == {"0": ("ash", "beech"), "2": ("cat",)}
    repeated = load(tmp_path, source="factory:lab_networks:small", labels={"0": ["crane", "crane", "", "1"]})
    assert repeated.labels["0"] == ("crane", "crane (1)", "(2)", "1 (3)"), "each means one unit"
    with pytest.raises(BadEntry, match="no layer; did you mean"):
        load(tmp_path, source="factory:lab_networks:small", labels={"3": ["cat"]})


@pytest.mark.parametrize(
    ("entry", "wrong", "message"),
    [
        ({"source": "torchvison:resnet18"}, BadEntry, "did you mean torchvision"),
        ({"source": "torchvision:resnet19"}, BadEntry, "did you mean resnet18"),
        ({"source": "torchvision:resnet18", "weights": "IMAGENET1K"}, BadEntry, "did you mean IMAGENET1K_V1"),
        ({"source": "timm:resnet_18"}, BadEntry, "did you mean resnet18"),
        ({"source": "timm:test_vit", "weights": "in1k"}, BadEntry, "did you mean r160_in1k"),
        ({"source": "factory:no_such_module:make"}, BadEntry, "needs 'no_such_module' installed"),
        ({"source": "factory:lab_networks:smal"}, BadEntry, "did you mean small"),
        ({"source": "factory:lab_networks:text"}, BadEntry, "makes a str"),
        ({"source": "factory:lab_networks:lazy"}, BadEntry, "lazy layers"),
        ({"source": "torchvision:resnet18", "weights": "no.safetensors"}, BadFile, "there is no file"),
        ({"weights": "x"}, BadEntry, "needs a source"),
        ({"source": "x", "wieghts": "x"}, BadEntry, "did you mean weights"),
        ({"source": "x", "labels": ["a"]}, BadEntry, "labels of a network is a table"),
        ({"source": "x", "preprocessing": {"mena": 1}}, BadEntry, "did you mean mean"),
    ],
)
def test_what_is_wrong_is_answered_with_what_is_right(tmp_path, lab, entry, wrong, message):
    with pytest.raises(wrong, match=message):
        load(tmp_path, **entry)


def test_where_nothing_can_be_fetched_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # where nobody listens
    with pytest.raises(NoDownload, match="give the file as weights"):
        load(tmp_path, source="torchvision:resnet18", weights="IMAGENET1K_V1")


def test_without_timm_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(NotInstalled, match=r"inverset\[hub\]"):
        load(tmp_path, source="timm:test_vit")


def test_weights_of_another_network_are_refused(tmp_path, lab):
    save_file({"0.weight": torch.zeros(4, 3, 5, 5), "0.bias": torch.zeros(4)}, tmp_path / "w.safetensors")
    with pytest.raises(BadFile, match=r"of another shape 0\.weight"):
        load(tmp_path, source="factory:lab_networks:small", weights="w.safetensors")
