"""What can be asked of a network, and whole runs on networks of one's own."""

import sys
import types
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import VisionTransformer

from inverset.sampler import sample
from inverset.sampler.bundle import Bundle, CodeStatistics, Encoder
from inverset.sampler.pixel_space import Canvas
from inverset.sampler.problem import Neuron, read_images
from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.networks import NetworkEntry
from inverset.sampler.zoo.networks.layers import readable
from tests.sampler.zoo.networks.strangers import exported

SIDE = 16


def tiny_vit():
    torch.manual_seed(0)
    vit = VisionTransformer(
        image_size=SIDE, patch_size=8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=5
    )
    nn.init.normal_(vit.heads.head.weight)
    return vit


def grey():
    torch.manual_seed(0)
    pooled = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten())
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True), pooled, nn.Linear(16, 6))


@pytest.fixture
def lab(monkeypatch):
    module = types.ModuleType("lab_networks")
    module.vit, module.grey = tiny_vit, grey
    monkeypatch.setitem(sys.modules, "lab_networks", module)


def load(folder, **entry):
    return networks.load(NetworkEntry.of(entry), folder)


def by_name(network, size=None):
    return {each.name: each for each in readable(network, size)}


def test_a_convolutional_network_has_maps_and_vectors(tmp_path):
    result = by_name(load(tmp_path, source="torchvision:resnet18"), (64, 64))
    assert (result["layer4.1"].kind, result["layer4.1"].units, result["layer4.1"].size) == (
        "map",
        512,
        (7, 7),
    )
    assert result["fc"].described() == {"name": "fc", "kind": "vector", "units": 1000, "labels": []}
    assert (next(iter(result)), list(result)[-1]) == ("conv1", "fc")


def test_a_transformer_has_tokens_mlp_units_and_heads(tmp_path):
    result = by_name(load(tmp_path, source="timm:test_vit"))
    block = result["blocks.1"]
    assert (block.kind, block.units, block.tokens, block.numbers) == ("tokens", 64, 101, 6464)
    assert result["blocks.1.mlp.act"].units == 192
    assert result["blocks.1.attn.norm"].units == 64, "the heads, one beside the other"
    assert (result["patch_embed"].units, result["patch_embed"].size) == (64, (10, 10))


def test_what_no_layer_says_is_read_where_it_goes_in(tmp_path):
    (tmp_path / "vit.pt2").write_bytes(exported(Heads(), size=8))
    network = load(tmp_path, source="export:vit.pt2")
    result = by_name(network)
    assert result["proj<"].kind == "tokens"
    assert result["proj<"].tokens == 16
    assert "qkv<" not in result, "the embedding says that"


class Heads(nn.Module):
    """One attention, as timm writes it."""

    def __init__(self):
        super().__init__()
        self.embed, self.qkv, self.proj = nn.Conv2d(3, 8, 2, 2), nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, images):
        maps = self.embed(images)
        q, k, v = self.qkv(maps.flatten(2).transpose(1, 2)).chunk(3, dim=-1)
        return self.proj(nn.functional.scaled_dot_product_attention(q, k, v))


def test_windows_are_left_out_and_their_maps_turned(tmp_path):
    result = by_name(load(tmp_path, source="timm:swin_tiny_patch4_window7_224", preprocessing={"size": 224}))
    assert (result["layers.1"].units, result["layers.1"].size) == (192, (28, 28))
    assert "layers.0.blocks.0.attn.qkv" not in result, "it says something of each window"


def test_directions_must_be_of_a_layer_and_as_wide(tmp_path, lab):
    save_file({"a": torch.ones(16)}, tmp_path / "d.safetensors")
    entry = {"source": "factory:lab_networks:vit", "preprocessing": {"size": SIDE}}
    result = by_name(load(tmp_path, **entry, directions={"encoder.ln": ["d.safetensors"]}))
    assert result["encoder.ln"].described()["directions"] == {"d.safetensors": ["a"]}
    with pytest.raises(BadEntry, match="did you mean encoder"):
        readable(load(tmp_path, **entry, directions={"encoder.nl": ["d.safetensors"]}))
    with pytest.raises(BadEntry, match="is of 16 units, the layer heads"):
        readable(load(tmp_path, **entry, directions={"heads.head": ["d.safetensors"]}))


def test_a_network_that_does_not_take_such_images_says_so(tmp_path, lab):
    with pytest.raises(BadEntry, match="does not take images of 3x32x32"):
        readable(load(tmp_path, source="factory:lab_networks:vit", preprocessing={"size": 32}))


def in_pixels(network, encoder):
    """A bundle that paints pixels, with no reference images."""
    height, width = network.size
    pixels = 3 * height * width
    statistics = CodeStatistics(
        torch.full((pixels,), 0.5), None, torch.full((pixels,), 0.25), 0.0, 1.5, None, ceiling=1.0
    )
    return Bundle(
        name="own",
        sha256=network.sha256,
        network=network.module,
        generator=Canvas(height, width),
        preprocess=network.preprocess,
        encoder=encoder,
        statistics=statistics,
        layers=tuple(each.name for each in readable(network)),
        labels=network.labels,
        reference=None,
        catalogue={"layers": [each.described() for each in readable(network)]},
        learnt=False,
        directions=network.directions,
        channels_last=network.channels_last,
    )


def sampled(bundle, name, n=6):
    """A small run in a band about what random images give."""
    neuron = Neuron.parse(name, bundle)
    height, width = bundle.generator.shape[1:]
    torch.manual_seed(1)
    noise = torch.randint(0, 256, (64, 3, height, width), dtype=torch.uint8)
    seen = read_images(bundle, [neuron], noise)[0][:, 0]
    low, high = seen.quantile(torch.tensor([0.5, 0.99])).tolist()
    question = {"neurons": [{"neuron": name, "range": [low, high]}], "n": n, "k": 4}
    result = sample(bundle, {**question, "budget": {"gradient_evaluations": 4000}})
    assert result.outcome["reason"] == "reached n", result.outcome
    again = read_images(bundle, [neuron], result.images)[0][:, 0]
    torch.testing.assert_close(again, result.activations[:, 0], rtol=1e-4, atol=1e-5)
    assert ((again >= low) & (again <= high)).all()
    assert result.neurons == [str(neuron)]
    return result


@pytest.mark.parametrize(
    "name",
    [
        "heads.head:3",
        "encoder.layers.encoder_layer_1:3@2",
        "encoder.layers.encoder_layer_0.mlp.1:7@max",
        "encoder.layers.encoder_layer_0.self_attention:2",
        "conv_proj:1@1,0",
        "encoder.ln:direction:d.safetensors#a@mean",
        "encoder.layers.encoder_layer_1:direction:sae.safetensors#4@3",
    ],
)
def test_a_transformer_is_sampled_wherever_it_can_be_read(tmp_path, lab, name):
    torch.manual_seed(2)
    save_file({"a": torch.randn(16)}, tmp_path / "d.safetensors")
    save_file({"W_enc": torch.randn(16, 9), "b_enc": torch.zeros(9)}, tmp_path / "sae.safetensors")
    network = load(
        tmp_path,
        source="factory:lab_networks:vit",
        preprocessing={"size": SIDE, "mean": 0.5, "std": 0.25},
        directions={
            "encoder.ln": ["d.safetensors"],
            "encoder.layers.encoder_layer_1": ["sae.safetensors"],
        },
    )
    sampled(in_pixels(network, "encoder.ln"), name)


def test_a_grey_network_is_sampled_in_colour(tmp_path, lab):
    network = load(tmp_path, source="factory:lab_networks:grey", preprocessing={"size": 8, "channels": "l"})
    bundle = in_pixels(network, "2")
    for name in ("3:2", "0:1@max", "1:1@mean"):
        assert sampled(bundle, name).images.shape[1] == 3


def test_an_exported_network_is_sampled(tmp_path):
    (tmp_path / "net.pt2").write_bytes(exported(size=8))
    network = load(tmp_path, source="export:net.pt2")
    sampled(in_pixels(network, "pair"), "head:2")


def test_e_may_be_a_layer_of_another_network(tmp_path, lab):
    settings = {"size": SIDE}
    vit = load(tmp_path, source="factory:lab_networks:vit", preprocessing=settings)
    other = load(tmp_path, source="factory:lab_networks:grey", preprocessing={**settings, "channels": "l"})
    bundle = in_pixels(vit, Encoder(other.module, other.preprocess, "3"))
    result = sampled(bundle, "heads.head:0")
    with torch.no_grad():
        expected = other.module(other.preprocess(result.images.float() / 255))
    torch.testing.assert_close(result.features, expected, rtol=1e-4, atol=1e-5)


def test_a_network_of_torchvision_is_sampled_whole(tmp_path):
    torch.manual_seed(0)
    network = load(tmp_path, source="torchvision:resnet18", preprocessing={"size": 32})
    bundle = in_pixels(network, "avgpool")
    sampled(bundle, "fc:13", n=3)
    sampled(replace(bundle, layers=(*bundle.layers, "layer1.0.bn1")), "layer1.0.bn1:3@max", n=3)
