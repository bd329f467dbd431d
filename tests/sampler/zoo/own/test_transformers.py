"""A transformer with directions, compared in another network's layer: written down, measured, asked and sampled."""

import shutil

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import VisionTransformer

from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue
from inverset.sampler import methods, sample, zoo
from inverset.sampler.bundle import Encoder
from inverset.sampler.problem import Neuron, read_images
from inverset.sampler.zoo import own
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.calibration import Calibration
from tests.sampler.zoo.own.lab import NETWORK, furnish

BLOCK = "encoder.layers.encoder_layer_1"
PLAIN, LATENT = f"{BLOCK}:direction:concepts.safetensors#dots", f"{BLOCK}:direction:sae.safetensors#3"
TABLE = f"""
[vit]
network = "factory:tests.sampler.zoo.own.test_transformers:make"
preprocessing = {{ size = 16, mean = 0.5, std = 0.25 }}
directions = {{ "{BLOCK}" = ["concepts.safetensors", "sae.safetensors"] }}
encoder = {{ network = "{NETWORK}", layer = "relu3", preprocessing = {{ size = 16 }} }}
images = "photos"
"""


def make() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = VisionTransformer(16, 8, 2, 2, 16, 32, num_classes=5)
        nn.init.normal_(made.heads.head.weight)
        return made


def directions(folder, seed=0):
    random = torch.Generator().manual_seed(seed)
    named = {name: torch.randn(16, generator=random) for name in ("dots", "stripes")}
    save_file(named, folder / "concepts.safetensors")
    parts = {"W_enc": torch.randn(16, 9, generator=random), "b_enc": torch.zeros(9)}
    save_file(parts, folder / "sae.safetensors")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    directions(folder)
    return furnish(folder, 40, TABLE)


@pytest.fixture(scope="module")
def bundle(lab):
    return zoo.load("vit", own=lab)


@pytest.mark.parametrize(
    "name",
    [
        f"{BLOCK}:3",
        f"{BLOCK}:3@2",
        f"{BLOCK}:3@max",
        PLAIN,
        f"{PLAIN}@mean",
        LATENT,
        f"{LATENT}@4",
        "heads.head:1",
    ],
)
def test_a_neuron_has_one_name_and_one_value_everywhere(bundle, name):
    assert resolution.canonical(offered(bundle), name) == name
    neuron = Neuron.parse(name, bundle)
    activations, features = read_images(bundle, [neuron], bundle.reference.images(range(40)))
    torch.testing.assert_close(bundle.reference.read([neuron]), activations, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(bundle.reference.codes, features, rtol=1e-4, atol=1e-5)


def test_directions_are_measured_as_units_are(bundle):
    for name in (PLAIN, LATENT, f"{BLOCK}:3", f"{BLOCK}:3@max"):
        values = bundle.reference.read([Neuron.parse(name, bundle)])[:, 0].double()
        answer = bundle.catalogue["neurons"][name]
        assert answer["quantiles"]["0.9"] == pytest.approx(float(values.quantile(0.9)), rel=1e-4, abs=1e-6)


def test_what_is_published_can_be_asked(bundle):
    for name in bundle.catalogue["neurons"]:
        assert resolution.canonical(offered(bundle), name) == name
        assert str(Neuron.parse(name, bundle)) == name


def test_a_direction_is_sampled_between_its_quantiles_and_compared_in_the_other_network(bundle):
    assert isinstance(bundle.encoder, Encoder)
    at = bundle.catalogue["neurons"][PLAIN]["quantiles"]
    neurons = [{"neuron": PLAIN, "range": [at["0.5"], at["0.9"]]}]
    result = sample(bundle, {"neurons": neurons, "n": 8, "k": 4})
    assert result.outcome["reason"] == "reached n"
    again, features = read_images(bundle, [Neuron.parse(PLAIN, bundle)], result.images)
    assert ((again >= at["0.5"]) & (again <= at["0.9"])).all()
    assert features.shape == (8, 24)
    assert result.evidence["samples"]["in_band_rate"] == 1


def offered(bundle):
    return Catalogue.of({**bundle.catalogue, "methods": methods.offered(bundle)})


def test_a_changed_file_of_directions_is_measured_again(lab, bundle, tmp_path):
    folder = shutil.copytree(lab, tmp_path / "lab")
    directions(folder, seed=1)
    after = zoo.load("vit", own=folder)
    for name in (PLAIN, LATENT):
        values = after.reference.read([Neuron.parse(name, after)])[:, 0]
        seen, _ = read_images(after, [Neuron.parse(name, after)], after.reference.images(range(40)))
        torch.testing.assert_close(values, seen[:, 0], rtol=1e-4, atol=1e-5)
        answer = after.catalogue["neurons"][name]["quantiles"]["0.9"]
        assert answer == pytest.approx(float(values.double().quantile(0.9)), rel=1e-4, abs=1e-6)
        assert answer != pytest.approx(bundle.catalogue["neurons"][name]["quantiles"]["0.9"], rel=1e-3)


def test_directions_that_are_not_measured_leave_a_measurement_as_it_is(lab, tmp_path):
    folder = shutil.copytree(lab, tmp_path / "lab")
    text = (folder / "models.toml").read_text()
    (folder / "models.toml").write_text(text + 'layers = ["heads.head"]\n')
    before = calibrated(folder)
    directions(folder, seed=1)
    assert calibrated(folder) == before


def calibrated(folder):
    return Calibration.of(Assembly.of(own.entry(folder, "vit"), folder), folder, None).kept.folder.name


def test_other_directions_make_another_model_of_the_same_weights(lab, tmp_path):
    directions(tmp_path, seed=1)
    (tmp_path / "models.toml").write_text(TABLE.replace('images = "photos"', ""))
    before, after = (Assembly.of(own.entry(folder, "vit"), folder) for folder in (lab, tmp_path))
    assert before.sha256 != after.sha256
    assert before.weights == after.weights
