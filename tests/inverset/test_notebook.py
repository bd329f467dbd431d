"""A notebook's way in: objects of the caller's become a model, and its answers are those of the command line."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

import inverset
from inverset.commands import at_home, checking
from inverset.sampler import zoo
from inverset.sampler.methods import METHODS
from inverset.sampler.zoo.generators.fourier import Fourier
from tests.sampler.zoo.own import lab
from tests.sampler.zoo.own.toy_network import make
from tests.worker import pairs

HALF = {"mean": 0.5, "std": 0.25, "size": 16}
FED = {"transform": {"size": 16, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}
LABELS = ["a", "b", "c", "d", "e"]
TABLE = lab.TABLE + 'generator = "pixels:fourier"\n'


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A data folder with the toy model in models.toml, and its photographs."""
    return lab.furnish(tmp_path_factory.mktemp("home"), 60, TABLE)


@pytest.fixture
def parts(home):
    """Of the toy model, as objects."""
    return {
        **FED, "images": home / "photos", "encoder": "relu3", "labels": LABELS, "data": home, "progress": False,
        "name": "toy",
    }  # fmt: skip


@pytest.fixture
def model(parts):
    return inverset.Model(make().eval(), generator="pixels:fourier", **parts)


def fourier():
    module = Fourier(16, 16)
    return inverset.Generator(module, code=module.shape, E=module.encode)


def delivered(folder):
    """What a gallery holds of each sample: SHA-256 of the PNG, and activations."""
    answer = json.loads((folder / "manifest.json").read_text())
    return [(each["sha256"], each["activations"]) for each in answer["samples"]]


def local(asked, folder, data, monkeypatch):
    monkeypatch.setenv("INVERSET_DATA_DIR", str(data))
    at_home.sample(asked, folder)
    return delivered(folder)


@pytest.mark.parametrize("generator", ["pixels:fourier", fourier], ids=["by name", "as an object"])
@pytest.mark.parametrize("method", ["conditional", "counterfactual"])
def test_objects_give_the_samples_of_the_command_line(home, parts, tmp_path, monkeypatch, generator, method):
    question = {
        "model": "toy", "n": 12, "seed": 3, "method": method, "budget": {"gradient_evaluations": 3000},
        "neurons": [{"neuron": "fc2:c", "range": {"quantiles": [0.6, 0.9]}}],
    }  # fmt: skip
    expected = local(question, tmp_path / "local", home, monkeypatch)
    made = generator() if callable(generator) else generator
    model = inverset.Model(make().eval(), generator=made, **parts)
    ours = model.sample("fc2:c", "q.6..q.9", n=12, seed=3, method=method)
    assert len(expected) == 12
    assert delivered(ours.save(tmp_path / "ours")) == expected


def test_a_model_by_its_name_gives_the_samples_of_the_command_line(tmp_path, monkeypatch):
    question = {
        "model": "scenes", "n": 6,
        "neurons": [{"neuron": "fc8:volcano", "range": {"quantiles": [0.95, 0.99]}}, {"neuron": "conv5:3", "range": [0.0, 9.0]}],
    }  # fmt: skip
    expected = local(question, tmp_path / "local", tmp_path, monkeypatch)
    together = {"fc8:volcano": inverset.quantiles(0.95, 0.99), "conv5:3": (0, 9)}
    by_name = inverset.sample("scenes", together, n=6, progress=False, data=tmp_path)
    assert delivered(by_name.save(tmp_path / "by name")) == expected
    bundle = inverset.sample(zoo.load("scenes"), together, n=6, progress=False)
    assert delivered(bundle.save(tmp_path / "bundle")) == expected
    (result,) = checking.check(tmp_path / "by name")
    assert result.differences == []


def test_the_bands_of_a_notebook_are_those_of_the_command_line(model):
    ways = [
        "q.6..q.9", "q.6 q.9", inverset.quantiles(0.6, 0.9), {"quantiles": [0.6, 0.9]},
    ]  # fmt: skip
    results = [model.sample("fc2:c", band, n=1).bands for band in ways]
    assert all(each == results[0] for each in results)
    low, high = results[0][0]
    assert model.sample("fc2:2@center", (low, high), n=1).bands == results[0]
    assert model.sample("fc2:c", f"{low!r}..{high!r}", n=1).bands == results[0]
    assert (
        model.sample("fc2:c", "-1sd..1sd", n=1).bands
        == model.sample("fc2:c", inverset.deviations(-1, 1), n=1).bands
    )


def test_a_result_can_be_looked_at_saved_and_verified(model, tmp_path):
    result = model.sample("fc2:c", "q.6..q.9", n=5)
    assert result.images.shape == (5, 16, 16, 3)
    low, high = result.bands[0]
    assert ((result.activations >= low) & (result.activations <= high)).all()
    assert result.neurons == ["fc2:c"]
    assert result.evidence["trust"]["word"] in result.verdict
    assert len(result) == 5
    assert "5 samples of fc2:c" in repr(result)
    assert result._repr_png_().startswith(b"\x89PNG")
    assert "data:image/png;base64," in result._repr_html_()
    assert result.show().size[0] > 100
    folder = result.save(tmp_path / "gallery")
    assert model.verify(folder) == []
    with pytest.raises(inverset.UserError, match="is not empty"):
        result.save(folder)
    first, second, *_ = sorted((folder / "images").iterdir())
    first.write_bytes(second.read_bytes())
    assert any("its SHA-256 differs" in each for each in model.verify(folder))


def test_changes_are_part_of_a_notebook_s_evidence(monkeypatch):
    monkeypatch.setitem(METHODS, pairs.NAME, pairs.METHOD)
    result = inverset.sample("scenes", "fc8:volcano", "q.9..q.97", n=3, method=pairs.NAME, progress=False)
    assert result.evidence["changes"]["distance"] > 0
    assert result.starts.shape == result.images.shape


def test_rows_of_a_table(model, monkeypatch):
    result = model.sample("fc2:c", "q.6..q.9", n=2)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(inverset.UserError, match="pip install pandas"):
        result.to_pandas()
    rows = []

    class Table:
        def __init__(self, given):
            rows.extend(given)

        def set_index(self, name):
            return name

    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=Table))
    assert result.to_pandas() == "index"
    assert [row["fc2:c"] for row in rows] == result.activations[:, 0].tolist()


def test_what_was_measured_is_kept_by_content(parts, tmp_path, monkeypatch):
    parts |= {"data": tmp_path}
    first = inverset.Model(make().eval(), generator="pixels:fourier", **parts)
    looks = []
    monkeypatch.setattr(
        "inverset.sampler.zoo.own.calibration.Calibration._measure_images", lambda *_: looks.append(1)
    )
    again = inverset.Model(make().eval(), generator="pixels:fourier", **parts)
    assert not looks
    assert again.bundle.sha256 == first.bundle.sha256
    other = make().eval()
    with torch.no_grad():
        other.fc2.bias += 1
    with pytest.raises(inverset.UserError):  # nothing was measured: the sweep is gone
        inverset.Model(other, generator="pixels:fourier", **parts)
    assert looks


def test_the_caller_s_network_is_left_alone(parts):
    network = make().eval()
    network.relu1.inplace = True
    before = {name: value.clone() for name, value in network.state_dict().items()}
    model = inverset.Model(network, generator="pixels:fourier", **parts)
    model.sample("fc2:c", "q.6..q.9", n=1)
    assert network.relu1.inplace
    assert all(each.requires_grad for each in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(not layer._forward_hooks for layer in network.modules())
    copied = model.bundle.network
    assert copied.fc2.weight.data_ptr() == network.fc2.weight.data_ptr()  # no second copy of the weights
    with torch.no_grad():
        network.fc2.weight *= 2
    with pytest.raises(inverset.UserError, match="weights were changed"):
        model.sample("fc2:c", "q.6..q.9", n=1)


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = make()

    def forward(self, images):
        return self.inner(images + torch.rand_like(images))


def partly_training():
    network = make().eval()
    network.relu2.train()
    return network


@pytest.mark.parametrize(
    ("network", "given", "sentence"),
    [
        (make, {}, r"the network is in training mode.*\.eval\(\)"),
        (partly_training, {}, r"relu2 of the network are in training mode"),
        (lambda: make().eval(), {"generator": None}, "give a generator.*inverter:FOLDER.*pixels:fourier"),
        (
            lambda: make().eval(),
            {"generator": "styles"},
            "no model and no kind of generator is called 'styles'",
        ),
        (lambda: make().eval(), {"generator": 3}, "a int is not a generator"),
        (lambda: make().eval(), {"transform": None}, "describe the network's input"),
        (lambda: make().eval(), {"transform": None, "mean": 0, "std": 1}, "give the input size"),
        (lambda: make().eval(), {"mean": 0}, "give a transform, or mean and std"),
        (lambda: make().eval(), {"encoder": None}, "encoder: name a layer"),
        (lambda: make().eval(), {"encoder": "relu9"}, "no layer 'relu9'"),
        (lambda: make().eval(), {"images": "nowhere"}, "there is no folder nowhere"),
        (lambda: make().eval(), {"images": []}, "images: it is empty"),
        (lambda: make().eval(), {"labels": ["a"]}, "no layer has as many units"),
        (lambda: make().eval(), {"transform": lambda images: images.detach(), "size": 16}, "differentiably"),
        (
            lambda: Noisy().eval(),
            {"labels": (), "encoder": "inner.relu3"},
            "different activations for the same image each time",
        ),
        (lambda: "scenes", {}, "a model with this name has that already"),
        (lambda: 3, {}, "a network is a torch.nn.Module, or a model's name, not a int"),
        (
            lambda: make().eval(),
            {"generator": inverset.Generator(nn.Linear(4, 5), code=4)},
            r"the generator makes \(3, 5\) of 3 codes",
        ),
        (
            lambda: make().eval(),
            {"generator": inverset.Generator(nn.Linear(4, 5), code=7)},
            "the generator takes no codes",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(parts, network, given, sentence):
    with pytest.raises(inverset.UserError, match=re.compile(sentence, re.DOTALL)):
        inverset.Model(network(), **{"generator": "pixels:fourier", **parts, **given})


def test_a_question_that_makes_no_sense_is_refused_in_the_server_s_words(model):
    for neuron, band, sentence in (
        ("fc2:z", (0, 1), "fc2 has no unit 'z'"),
        ("fc2:c", (1, 0), "reversed"),
        ("fc2:c", "q.9", "'q.9' is not a band"),
        ("fc2:c", "1..q.9", "of different kinds"),
        ("fc2:c", None, "keeps fc2:c in a range"),
        ({"fc2:c": (0, 1)}, (0, 1), "give exactly one band for each neuron"),
    ):
        with pytest.raises(inverset.UserError, match=sentence):
            model.sample(neuron, band)
    with pytest.raises(inverset.UserError, match="there is no method 'best'"):
        model.sample("fc2:c", (0, 1), method="best")


def test_import_is_light():
    code = "import sys, inverset; inverset.Client; print(sorted({'torch', 'sqlalchemy', 'sampler', 'gallery'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert set(dir(inverset)) >= {"Client", "Model", "sample", "Generator"}


def test_a_generator_is_trained_once_and_inverts_the_layer(parts, monkeypatch):
    fed = {key: parts[key] for key in ("transform", "images", "data", "progress")}
    network = make().eval()
    made = inverset.train_generator(network, "relu3", steps=3, batch=4, **fed)
    assert made.inverts == "relu3"
    monkeypatch.setattr("inverset.sampler.zoo.own.training.Training.begin", None)
    again = inverset.train_generator(make().eval(), "relu3", steps=3, batch=4, **fed)
    assert again.sha256 == made.sha256
    del parts["encoder"]
    model = inverset.Model(network, generator=made, **parts)
    assert model.bundle.encoder == "relu3"
    assert model.bundle.statistics.cycle_limit is not None
    assert network.training is False
    with pytest.raises(inverset.UserError, match="no layer 'relu9'"):
        inverset.train_generator(network, "relu9", **fed)
    with pytest.raises(inverset.UserError, match="no images to train on"):
        inverset.train_generator(network, "relu3", **{**fed, "images": None})


@pytest.mark.parametrize(
    "settings",
    [
        torch.no_grad,
        torch.inference_mode,
        lambda: torch.device("meta"),
    ],
    ids=["without gradients", "in inference mode", "another default device"],
)
def test_a_notebook_s_own_settings_of_torch_decide_nothing(parts, model, settings):
    expected = model.sample("fc2:c", "q.6..q.9", n=6, method="counterfactual").images
    network = make().eval()
    with settings():
        ours = inverset.Model(network, generator="pixels:fourier", **parts)
        result = ours.sample("fc2:c", "q.6..q.9", n=6, method="counterfactual").images
    assert (result == expected).all()


def test_a_default_type_of_numbers_is_put_back(parts, model):
    expected, network = model.sample("fc2:c", "q.6..q.9", n=6).images, make().eval()
    torch.set_default_dtype(torch.float64)
    try:
        ours = inverset.Model(network, generator="pixels:fourier", **parts)
        result = ours.sample("fc2:c", "q.6..q.9", n=6).images
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert (result == expected).all()
