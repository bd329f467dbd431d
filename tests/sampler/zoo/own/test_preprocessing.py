"""The preprocessing that a network was trained with is measured by the folders that images lie in, and nothing is assumed in silence."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from inverset.sampler import zoo
from inverset.sampler.zoo.networks import NetworkEntry, load
from inverset.sampler.zoo.networks.preprocessing import Preprocess, Preprocessing
from inverset.sampler.zoo.own.checking import class_folders, preprocessing
from inverset.sampler.zoo.own.checking.tried import Tried
from tests.sampler.zoo.networks.strangers import exported
from tests.sampler.zoo.own.toy_network import colours

COLOURS = {
    "dark_red": (0.45, 0.12, 0.15), "light red": (0.8, 0.5, 0.45), "Green": (0.2, 0.6, 0.3),
    "blue": (0.2, 0.3, 0.7), "grey": (0.5, 0.5, 0.5), "black": (0.1, 0.1, 0.12),
}  # fmt: skip
LABELS = ["dark red", "light red", "green, verdant", "blue", "grey", "black"]
TABLE = f"""
[colours]
network = "factory:tests.sampler.zoo.own.toy_network:colours"
preprocessing = {{ size = 8 }}
labels = {{ head = {LABELS} }}
encoder = "pool"
images = "photos"
"""
EACH = 40


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder, random = tmp_path_factory.mktemp("lab"), np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (folder / "photos" / name).mkdir(parents=True)
        for number in range(EACH):
            pixels = np.array(colour) + random.normal(0, 0.05, 3) + random.normal(0, 0.02, (8, 8, 3))
            image = Image.fromarray((pixels.clip(0, 1) * 255).astype(np.uint8))
            image.save(folder / "photos" / name / f"{number}.png")
    (folder / "models.toml").write_text(TABLE)
    return zoo.load("colours", own=folder)


def trained(fed):
    """The network of images that were fed so: the nearest of the classes' colours wins."""
    network = colours()
    centres = fed(torch.tensor([*COLOURS.values()])[:, :, None, None].expand(-1, -1, 8, 8)).mean(dim=(2, 3))
    with torch.no_grad():
        network.head.weight.copy_(2 * centres)
        network.head.bias.copy_(-centres.square().sum(dim=1))
    return network.eval()


def line(bundle):
    tried = Tried(bundle, torch.zeros(0), torch.zeros(0), None)
    (result,) = preprocessing.preprocessing(tried)
    return result


PLAIN = Preprocess.of(Preprocessing(size=8), Preprocessing().origins(Preprocessing(), ""))
VARIANTS = preprocessing._variants(replace(PLAIN, scale=2.0))


@pytest.mark.parametrize("name", list(VARIANTS)[1:])
def test_what_it_was_trained_with_is_found(bundle, name):
    fed = VARIANTS[name]
    network = trained(fed)
    results = line(replace(bundle, network=network, preprocess=PLAIN))
    right = line(replace(bundle, network=network, preprocess=fed))
    assert (right.state, "certainly trained this way" in right.result) == ("ok", True), right
    if name == "0..1":
        assert results.state == "ok", "what was assumed is right, and measured"
    else:
        assert results.state == "wrong"
        assert results.advice.startswith(
            f"the network was almost certainly trained with {name}: preprocessing = {{ "
        ), results
        assert ('channels = "bgr"' in results.advice, "scale = 255" in results.advice) == (
            "BGR" in name,
            "255" in name,
        )


def test_preprocessings_that_cannot_be_told_apart_are_both_named(bundle):
    network = trained(VARIANTS["ImageNet's mean and std"])
    near = replace(VARIANTS["ImageNet's mean and std"], std=torch.full((3, 1, 1), 0.226))
    results = line(replace(bundle, network=network, preprocess=near))
    assert results.state == "ok"
    assert "surely" not in results.result
    assert re.search(r"(98|99|100)% of 240 images are classified correctly among 6 classes", results.result)


def test_a_network_that_knows_nothing_says_nothing(bundle):
    torch.manual_seed(0)
    network = colours()
    torch.nn.init.zeros_(network.head.weight)
    result = line(replace(bundle, network=network, preprocess=PLAIN))
    assert (result.state, "no better than chance" in result.advice) == ("warning", True)


def test_without_classes_what_is_assumed_is_a_warning_and_what_is_known_is_not(bundle):
    alone = replace(bundle, reference=None)
    results = line(replace(alone, preprocess=PLAIN))
    assert results.state == "warning"
    assert "mean 0, std 1 (assumed: nothing defines it)" in results.result
    assert (
        results.advice
        == "Say preprocessing.size and preprocessing.mean and preprocessing.std, as the network was trained"
    )
    known = Preprocess.of(
        Preprocessing(size=8), dict.fromkeys(("size", "mean", "std"), "timm's configuration")
    )
    assert line(replace(alone, preprocess=known)).state == "ok"


class Folders:
    """Reference images, as far as their folders go."""

    def __init__(self, *folders):
        self.folders = folders


@pytest.mark.parametrize(
    ("folders", "labels", "units"),
    [
        (
            ("tench", "great_grey_owl"),
            ("tench, Tinca tinca", "goldfish", "great grey owl, Strix nebulosa"),
            [0, 2],
        ),
        (("cat", "dog", "b"), ("dog", "cat", "crane", "crane"), [1, 0]),
        (("cat", "cat"), ("dog", "cat"), None),
        (("crane", "cat", "dog"), ("crane", "crane", "cat", "dog"), [2, 3]),
        (("b", "a", "c"), (), [1, 0, 2]),
        (("b", "a"), (), None),
    ],
)
def test_folders_are_classes_by_their_names(bundle, folders, labels, units):
    layers = [{"name": "head", "kind": "vector", "units": len(labels) or 3, "labels": []}]
    result = class_folders.of(
        replace(
            bundle,
            reference=Folders(*folders),
            labels={"head": labels} if labels else {},
            catalogue={"layers": layers},
        )
    )
    assert (None if result is None else list(result.units)) == units


def test_imagenet_s_folders_are_known_by_their_numbers(bundle):
    pytest.importorskip("timm")
    layers = [{"name": "head", "kind": "vector", "units": 1000, "labels": []}]
    request = replace(
        bundle, reference=Folders("n01440764", "n02102040"), labels={}, catalogue={"layers": layers}
    )
    assert list(class_folders.of(request).units) == [0, 217]


def loaded(folder, source="factory:tests.sampler.zoo.own.toy_network:colours", **settings):
    return load(NetworkEntry(source, None, Preprocessing.of(settings)), folder).preprocess


def test_what_a_network_is_fed_and_how_that_is_known_is_told(tmp_path):
    assert (
        loaded(tmp_path).sentence
        == "images are fed as rgb: 224x224, mean 0, std 1 (assumed: nothing defines it)"
    )
    given = loaded(tmp_path, size=32, mean=[0.5, 0.4, 0.3])
    assert given.sentence == (
        "images are fed as rgb: 32x32, mean [0.5, 0.4, 0.3] (as models.toml gives it); std 1 (assumed: nothing defines it)"
    )
    assert given.advice == ". Say preprocessing.std, as the network was trained"
    (tmp_path / "net.pt2").write_bytes(exported())
    assert loaded(tmp_path, "export:net.pt2").sentence == (
        "images are fed as rgb: 8x8 (the shape that it was exported with); mean 0, std 1 (assumed: nothing defines it)"
    )
    known = loaded(tmp_path, "torchvision:squeezenet1_1")
    assert (
        "224x224, mean [0.485, 0.456, 0.406], std [0.229, 0.224, 0.225] (torchvision's preset)"
        in known.sentence
    )
    assert (known.assumed, known.advice) == ((), "")
