"""Measuring a model: what comes out is what the sampler reads, an interrupted measurement goes on, a stale one is found out."""

import shutil
import threading

import pytest
import torch

from inverset.sampler import judges, sample, zoo
from inverset.sampler.neuron import UnknownNeuron
from inverset.sampler.problem import Neuron, read_images
from inverset.sampler.zoo import networks as zoo_networks
from inverset.sampler.zoo import own
from inverset.sampler.zoo.own import calibration, kept
from inverset.sampler.zoo.own.assembly import Assembly
from tests.sampler.zoo.own.lab import NETWORK, TABLE, furnish

COUNT = 60


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = furnish(tmp_path_factory.mktemp("lab"), COUNT)
    zoo.load("toy", own=folder)
    return folder


@pytest.fixture
def lab(measured, tmp_path):
    """A copy of a lab that was measured, to be altered."""
    return shutil.copytree(measured, tmp_path / "lab")


@pytest.fixture
def bundle(measured):
    return zoo.load("toy", own=measured)


def prepared(folder, count=None):
    return calibration.Calibration.of(Assembly.of(own.entry(folder, "toy"), folder), folder, count)


@pytest.mark.parametrize(
    "name", ["fc2:c", "relu3:3", "conv2:1", "conv2:1@max", "relu1:0@mean", "conv1:2@3,4"]
)
def test_the_reference_says_what_the_sampler_reads(bundle, name):
    neuron = Neuron.parse(name, bundle)
    images = bundle.reference.images(range(COUNT))
    activations, features = read_images(bundle, [neuron], images)
    assert torch.allclose(bundle.reference.read([neuron]), activations, atol=1e-5)
    assert torch.allclose(bundle.reference.codes, features, atol=1e-5)


def test_a_unit_that_its_layer_does_not_have_is_not_another_layer_s(bundle):
    for unit in (5, 500):
        with pytest.raises(UnknownNeuron, match="lies outside its layer, which has 5 units"):
            bundle.reference.read([Neuron("fc2", unit)])


def test_quantiles_are_those_of_the_images(bundle):
    for name in ("fc2:c", "conv2:1@max"):
        values = bundle.reference.read([Neuron.parse(name, bundle)])[:, 0].double()
        answer = bundle.catalogue["neurons"][name]
        assert answer["quantiles"]["0.9"] == pytest.approx(float(values.quantile(0.9)), rel=1e-4, abs=1e-6)
        assert answer["mean"] == pytest.approx(float(values.mean()), rel=1e-4, abs=1e-6)


def test_codes_are_what_the_generator_makes_the_images_of(bundle):
    codes = bundle.reference.invert(torch.tensor([3, 1]))
    images = (bundle.generator(codes).clamp(0, 1) * 255).round().to(torch.uint8)
    assert torch.equal(images, bundle.reference.images([3, 1]))
    statistics = bundle.statistics
    assert statistics.axes is not None
    assert torch.allclose(statistics.axes.T @ statistics.axes, torch.eye(statistics.axes.shape[1]), atol=1e-4)
    every = bundle.reference.invert(torch.arange(COUNT))
    along = (every - statistics.mean) @ statistics.axes
    assert torch.allclose(along.std(dim=0), statistics.scales, rtol=1e-3)
    kept_share = along.var(dim=0).sum() / every.var(dim=0).sum()
    assert kept_share > 0.99
    assert statistics.cycle_limit is None  # pixels invert no layer


def test_a_model_of_ones_own_is_sampled(bundle):
    quantiles = bundle.catalogue["neurons"]["fc2:c"]["quantiles"]
    question = {"neuron": "fc2:c", "range": [quantiles["0.7"], quantiles["0.99"]]}
    result = sample(bundle, {"n": 12, "neurons": [question]})
    assert result.outcome["reason"] == "reached n"
    assert result.evidence["samples"]["in_band_rate"] == 1


def test_another_device_needs_the_folder(measured, bundle):
    question = {"n": 2, "neurons": [{"neuron": "fc2:c", "range": [-10.0, 10.0]}]}
    with pytest.raises(zoo.UnknownModel):
        sample(bundle, question, device="meta")
    assert len(sample(bundle, question, device="cpu", own=measured).images) == 2


def test_an_interrupted_measurement_goes_on_and_ends_the_same(lab, bundle, monkeypatch):
    shutil.rmtree(lab / "models")
    monkeypatch.setattr(calibration, "_BATCH", 7)
    monkeypatch.setattr(calibration, "_SAVE_SECONDS", 0)
    seen = []

    def interrupt(done, total, what):
        if what == "images":
            seen.append(done)
            if done > 20:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepared(lab).make(interrupt)
    begun = prepared(lab)
    assert not begun.kept.is_whole
    assert 0 < begun.kept.done < COUNT
    before, again = begun.kept.done, []
    begun.make(lambda done, total, what: again.append(done) if what == "images" else None)
    assert again[0] == before + 7  # what was safe is not measured again
    after = zoo.load("toy", own=lab)
    for name, answer in bundle.catalogue["neurons"].items():
        assert after.catalogue["neurons"][name]["mean"] == pytest.approx(answer["mean"], rel=1e-4, abs=1e-6)
    assert torch.allclose(after.statistics.scales, bundle.statistics.scales, rtol=1e-3)


def test_two_workers_measure_a_new_model_once(lab, bundle):
    """They share a folder, and see the model at the same moment."""
    shutil.rmtree(lab / "models")
    first, second, answer = prepared(lab), prepared(lab), []
    waited = threading.Event()

    def heard(done, total, what):
        answer.append(what)
        waited.set()

    other = threading.Thread(target=second.make, args=(heard,))

    def slow(done, total, what):
        if not other.ident:
            other.start()
            assert waited.wait(10)

    first.make(slow)
    other.join(10)
    assert set(answer) == {"by another process"}
    for name, expected in bundle.catalogue["neurons"].items():
        assert first.kept.neurons[name]["mean"] == pytest.approx(expected["mean"], rel=1e-4, abs=1e-6)


def test_a_measurement_goes_by_content_not_by_name(lab):
    before = prepared(lab).kept.folder
    (lab / "photos").rename(lab / "pictures")
    text = (lab / "models.toml").read_text().replace('"photos"', '"pictures"').replace("[toy]", "[twin]")
    (lab / "models.toml").write_text(text)
    twin = calibration.Calibration.of(Assembly.of(own.entry(lab, "twin"), lab), lab, None)
    assert twin.kept.folder == before
    assert twin.kept.is_whole


def test_a_stale_measurement_is_found_out_and_said(lab, caplog):
    (lab / "photos" / "000.jpg").unlink()
    now = prepared(lab)
    assert not now.kept.is_whole
    assert len(calibration.stale(lab, now)) == 1
    zoo.load("toy", own=lab)
    assert "was measured with other weights, layers or images" in caplog.text
    assert zoo.load("toy", own=lab).catalogue["description"].endswith("measured on 59 natural images.")


def test_a_large_folder_is_measured_on_some_until_all_are_asked_for(lab, monkeypatch):
    monkeypatch.setattr(calibration, "QUICK", 25)
    shutil.rmtree(lab / "models")
    some = zoo.load("toy", own=lab)
    assert len(some.reference.codes) == 25
    assert some.catalogue["measured_on"] == "measured on 25 of 60 natural images"
    prepared(lab).make()
    every = zoo.load("toy", own=lab)
    assert len(every.reference.codes) == COUNT
    assert every.sha256 == some.sha256  # galleries made in between stay what they say
    assert [each.about.images for each in kept.of_name(lab, "toy")] != []


def test_a_measurement_of_a_chosen_number_of_images_is_used(lab, monkeypatch):
    monkeypatch.setattr(calibration, "QUICK", 25)
    shutil.rmtree(lab / "models")
    calibration.Calibration.of(Assembly.of(own.entry(lab, "toy"), lab), lab, 40).make()
    assert len(zoo.load("toy", own=lab).reference.codes) == 40
    prepared(lab).make()
    assert len(zoo.load("toy", own=lab).reference.codes) == COUNT


def test_without_images_the_prior_stands_in_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "DRAWS", 100)
    (tmp_path / "models.toml").write_text(TABLE.replace('images = "photos"', ""))
    bundle = zoo.load("toy", own=tmp_path)
    assert bundle.reference is None
    assert bundle.catalogue["measured_on"].startswith("measured on 100 random images of the generator")
    assert bundle.statistics.axes is None
    assert bundle.statistics.norm_limit == pytest.approx(
        0.98, abs=0.03
    )  # of normal entries cut off at two deviations
    quantiles = bundle.catalogue["neurons"]["fc2:c"]["quantiles"]
    question = {"neuron": "fc2:c", "range": [quantiles["0.1"], quantiles["0.9"]]}
    result = sample(bundle, {"n": 5, "neurons": [question]})
    assert result.outcome["reason"] == "reached n"


def test_a_generator_that_does_not_fit_is_told(lab):
    text = (lab / "models.toml").read_text()
    (lab / "models.toml").write_text(text.replace('"relu3"', '"rule3"'))
    with pytest.raises(
        zoo.BadEntry, match="toy: encoder: the network has no layer 'rule3'; did you mean relu3"
    ):
        zoo.load("toy", own=lab)
    (lab / "models.toml").write_text(text + 'layers = ["fc9"]\n')
    with pytest.raises(zoo.BadEntry, match="toy: layers: no layer is like 'fc9'; did you mean fc"):
        zoo.load("toy", own=lab)


def test_what_the_judge_says_is_measured_once(bundle, monkeypatch):
    assert bundle.judge.name == "hog"
    images = bundle.reference.images(range(COUNT))
    assert torch.allclose(judges.space(bundle).references, judges.space(bundle).read(images), atol=1e-4)
    kept = bundle.reference.described(bundle.judge)
    monkeypatch.setattr(type(bundle.reference), "images", None)
    assert torch.equal(bundle.reference.described(bundle.judge), kept)


def test_a_judge_of_another_network_says_what_its_layer_says_and_names_images(lab):
    judge = f'judge = {{ network = "{NETWORK}", layer = "conv2", preprocessing = {{ size = 16 }}, '
    judge += 'labels = { fc2 = ["a", "c", "b", "e", "d"] } }\n'
    (lab / "models.toml").write_text(TABLE + judge)
    bundle = zoo.load("toy", own=lab)
    images = bundle.reference.images(range(4))
    assert bundle.judge.name == "tests.sampler.zoo.own.toy_network:make conv2"
    network = zoo_networks.load(own.entry(lab, "toy").judge.network, lab)
    seen = network.module[:3](network.preprocess(images.float() / 255))
    assert torch.allclose(bundle.judge.read(images), seen.mean(dim=(2, 3)), atol=1e-5)
    assert torch.allclose(bundle.reference.described(bundle.judge)[:4], bundle.judge.read(images), atol=1e-5)
    assert bundle.labeller.labels == ("a", "c", "b", "e", "d")
    assert torch.equal(
        bundle.labeller.read(images), network.module(network.preprocess(images.float() / 255)).argmax(1)
    )


def test_a_judge_may_have_a_name_which_needs_no_new_measurement(lab):
    judge = f'judge = {{ network = "{NETWORK}", layer = "conv2", preprocessing = {{ size = 16 }}'
    (lab / "models.toml").write_text(TABLE + judge + " }\n")
    before = calibration.Calibration.of(Assembly.of(own.entry(lab, "toy"), lab), lab, 20)
    (lab / "models.toml").write_text(
        TABLE + judge + ', labels = { fc2 = ["a", "c", "b", "e", "d"] }, name = "the other" }\n'
    )
    after = Assembly.of(own.entry(lab, "toy"), lab)
    assert (after.judge.name, after.labeller.name) == ("the other conv2", "the other")
    assert calibration.Calibration.of(after, lab, 20).kept.folder == before.kept.folder


def test_a_judge_without_its_layer_is_refused_with_the_nearest(lab):
    (lab / "models.toml").write_text(
        TABLE + f'judge = {{ network = "{NETWORK}", layer = "conv4", preprocessing = {{ size = 16 }} }}\n'
    )
    with pytest.raises(zoo.BadEntry, match="toy: judge: its network has no layer 'conv4'"):
        zoo.load("toy", own=lab)
