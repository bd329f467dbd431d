"""What torchvision builds with its weights is what is built here: for the weights by name, and for a file that holds them."""

import re
from contextlib import contextmanager

import pytest
import torch
from torch import nn
from torchvision import models
from torchvision.models._api import WeightsEnum

from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadEntry, BadFile
from inverset.sampler.zoo.networks import NetworkEntry, building, torchvision
from inverset.sampler.zoo.networks.checkpoints import Checkpoint
from tests.sampler.zoo.networks.strangers import Bomb

PLACES = [*models.list_models(module=models), *models.list_models(module=models.segmentation)]
OLD = re.compile(r"(denselayer\d+\.(?:norm|conv))([12])\.(?=weight|bias|running)")


@contextmanager
def weightless():
    """Networks whose parameters take neither memory nor time: each goes to the meta device as soon as a module has it."""
    usual = nn.Module.register_parameter
    drawn = {name: getattr(torch.Tensor, name) for name in ("normal_", "uniform_", "erfinv_")}

    def register(module, name, value):
        if value is not None and value.device.type != "meta":
            value = nn.Parameter(torch.empty_like(value, device="meta"), value.requires_grad)
        usual(module, name, value)

    nn.Module.register_parameter = register
    for name in drawn:
        setattr(torch.Tensor, name, lambda self, *_, **__: self)
    try:
        yield
    finally:
        nn.Module.register_parameter = usual
        for name, function in drawn.items():
            setattr(torch.Tensor, name, function)


@contextmanager
def released(monkeypatch, state):
    """Weights that are there without a download: torchvision's files as far as names and shapes go."""
    with monkeypatch.context() as change:
        change.setattr(WeightsEnum, "get_state_dict", lambda *_, **__: state.copy())
        yield


def built_by_torchvision(place, weights, monkeypatch):
    with monkeypatch.context() as change:
        change.setattr(WeightsEnum, "get_state_dict", lambda *_, **__: {})
        change.setattr(nn.Module, "load_state_dict", lambda *_, **__: None)
        return models.get_model(place, weights=weights, progress=False).eval()


def shapes(module):
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


def different(place):
    """The weights of a network that decide about it in different ways."""
    offered = {str(each.meta.get("min_size")): each for each in models.get_model_weights(place)}
    return offered.values()


def as_released(place, theirs):
    """Names and shapes of torchvision's file."""
    if place == "googlenet":  # its heads are taken off after loading
        return models.googlenet(weights=None, aux_logits=True, init_weights=False).state_dict()
    state = theirs.state_dict()
    for name in [*state]:
        state[OLD.sub(r"\1.\2.", name)] = state.pop(name)
    return state


def compare(ours, theirs):
    assert shapes(ours) == shapes(theirs)
    for setting in ("transform_input", "image_size", "aux_logits"):
        assert getattr(ours, setting, None) == getattr(theirs, setting, None), setting
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("place", PLACES)
def test_for_a_file_a_network_is_what_its_weights_want(place, monkeypatch):
    for weights in different(place):
        with weightless():
            theirs = built_by_torchvision(place, weights, monkeypatch)
            state = as_released(place, theirs)
            read = {building.renamed(name): value for name, value in state.items()}
            ours = building.Builder(place).build(read)
            ours.load_state_dict(type(state)(read)) if not place.startswith("mnasnet") else None
        compare(building.without_training_parts(ours).eval(), theirs)
        assert torchvision._is_for(weights, ours)


@pytest.mark.parametrize(
    "place", ["densenet121", "googlenet", "inception_v3", "vit_b_16", "maxvit_t", "fcn_resnet50"]
)
def test_by_name_a_network_is_what_its_weights_want(place, monkeypatch):
    for weights in different(place):
        with weightless():
            theirs = built_by_torchvision(place, weights, monkeypatch)
            with released(monkeypatch, as_released(place, theirs)):
                ours = torchvision._with_weights(place, weights).eval()
        compare(ours, theirs)


def saved(folder, state):
    torch.save(state, folder / "w.pth")
    return folder


def loaded(folder, place):
    return networks.load(NetworkEntry(f"torchvision:{place}", "w.pth"), folder)


def test_a_network_that_rescales_its_input_does_so_for_a_file(tmp_path):
    torch.manual_seed(0)
    theirs = models.googlenet(
        weights=None, num_classes=5, transform_input=True, aux_logits=False, init_weights=False
    ).eval()
    network = loaded(saved(tmp_path, theirs.state_dict()), "googlenet")
    images = network.preprocess(torch.rand(1, 3, 64, 64))[:, :, :64, :64]
    with torch.no_grad():
        assert torch.equal(network.module(images), theirs(images))


def test_the_released_form_of_densenet_is_read(tmp_path):
    def small():
        return models.DenseNet(growth_rate=2, block_config=(2,), num_init_features=4, num_classes=2)

    net = small()
    state = {"module." + OLD.sub(r"\1.\2.", name): value for name, value in net.state_dict().items()}
    assert any(".norm.1." in name for name in state)
    torch.save({name: each for name, each in state.items() if "num_batches" not in name}, tmp_path / "w.pth")
    result = Checkpoint.of(tmp_path, "w.pth").fill(lambda _: small(), building.renamed)
    key = "features.denseblock1.denselayer1.norm1.weight"
    assert torch.equal(result.state_dict()[key], net.state_dict()[key])


def test_the_images_of_a_vision_transformer_are_as_large_as_its_file_says(tmp_path):
    with weightless():
        module = building.Builder("vit_b_16").build(
            {
                "encoder.pos_embedding": torch.zeros(1, 577, 768),
                "conv_proj.weight": torch.zeros(768, 3, 16, 16),
            }
        )
    assert module.image_size == 384
    offered = models.get_model_weights("vit_b_16")
    shown = [each.name for each in offered if torchvision._is_for(each, module)]
    assert shown == ["IMAGENET1K_SWAG_E2E_V1"]
    result = torchvision.preset(offered[shown[0]])
    assert (result.size, result.interpolation) == (384, "bicubic")
    assert torchvision._sized(torchvision.preset(offered.IMAGENET1K_V1), module).size == 384


def test_segmentation_is_fed_as_its_weights_are_and_its_classes_have_names(tmp_path):
    weights = models.segmentation.LRASPP_MobileNet_V3_Large_Weights.DEFAULT
    result = torchvision.preset(weights)
    assert (result.size, result.resize, result.mean) == (520, 520, (0.485, 0.456, 0.406))
    with weightless():
        module = models.segmentation.fcn_resnet50(weights=None, weights_backbone=None, aux_loss=True)
    weights = models.segmentation.FCN_ResNet50_Weights.DEFAULT
    assert list(torchvision._labels(module, weights)) == ["classifier.4"], "not the auxiliary head's"


def test_another_number_of_classes_is_the_file_s(tmp_path):
    net = models.squeezenet1_1(weights=None, num_classes=7)
    network = loaded(
        saved(tmp_path, {"state_dict": {f"module.{k}": v for k, v in net.state_dict().items()}}),
        "squeezenet1_1",
    )
    assert torch.equal(network.module.classifier[1].weight, net.classifier[1].weight)


def test_a_network_that_cannot_be_built_is_told(tmp_path, monkeypatch):
    with (
        released(monkeypatch, {}),
        pytest.raises(BadEntry, match="torchvision does not build resnet18 with IMAGENET1K_V1: Error"),
    ):
        networks.load(NetworkEntry("torchvision:resnet18", "IMAGENET1K_V1"), tmp_path)


def test_weights_by_name_are_read_as_weights_and_nothing_else(tmp_path, monkeypatch):
    """torchvision would unpickle whatever lies in its cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    weights = models.ResNet18_Weights.IMAGENET1K_V1
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save({"fc.bias": Bomb(tmp_path / "ran")}, folder / weights.url.rpartition("/")[2])
    with pytest.raises(BadFile, match=r"in the cache holds more than weights: a posix.mkdir, which is code"):
        networks.load(NetworkEntry("torchvision:resnet18", "IMAGENET1K_V1"), tmp_path)
    assert not (tmp_path / "ran").exists()


def test_what_torchvision_caches_is_loaded_as_it_loads_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    weights = models.SqueezeNet1_1_Weights.IMAGENET1K_V1
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    theirs = models.squeezenet1_1(weights=None)
    torch.save(theirs.state_dict(), folder / weights.url.rpartition("/")[2])
    network = networks.load(NetworkEntry("torchvision:squeezenet1_1", "DEFAULT"), tmp_path)
    assert torch.equal(network.module.classifier[1].weight, theirs.classifier[1].weight)
    assert len(network.labels["classifier.1"]) == 1000
    assert Checkpoint.of(folder, weights.url.rpartition("/")[2]).fill(building.Builder("squeezenet1_1").build)
