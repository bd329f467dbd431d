"""The second network of the world of `scenes`: what it tells, whose E and G it is sampled with, who offers it."""

import hashlib
from dataclasses import replace

import pytest
import torch

from inverset.sampler import sample, zoo
from inverset.sampler.problem import Band, Neuron, Problem
from inverset.sampler.zoo.inversion.fitting import TrainingRun
from inverset.sampler.zoo.scenes import weights
from inverset.sampler.zoo.scenes.fitting import TrainingImages
from inverset.sampler.zoo.scenes.places import classes, fitting, release
from inverset.sampler.zoo.scenes.places.network import FOLDER, network, untrained
from inverset.sampler.zoo.scenes.places.reference import PlacesReference
from inverset.sampler.zoo.scenes.reference import RenderedReference
from inverset.sampler.zoo.scenes.world import render_set, scene_at


@pytest.fixture(scope="module")
def bundle():
    return zoo.load("scenes-places")


@pytest.fixture
def small(bundle, tmp_path, monkeypatch):
    """With few reference images, and a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    scenes = RenderedReference(bundle.encoder.network, "a" * 64, 200)
    return replace(bundle, reference=PlacesReference(bundle.network, "b" * 64, scenes))


def test_it_is_loaded_by_name_and_offered_by_nobody(tmp_path):
    assert zoo.names() == ("scenes",)
    assert zoo.known() == ("scenes", "scenes-places")
    (tmp_path / "models.toml").write_text(
        "[scenes-places]\nnetwork = 'factory:a:b'\n\n[other]\nnetwork = 'factory:a:b'\n"
    )
    assert zoo.names(tmp_path) == ("scenes", "other")  # what comes along keeps its name
    assert zoo.known(tmp_path) == ("scenes", "other", "scenes-places")
    with pytest.raises(zoo.UnknownModel, match="scenes-places"):
        zoo.load("scenes-place")


def test_a_scene_is_of_the_place_of_its_sky_and_ground():
    numbers = range(5, 25)
    messages = [classes.CLASSES[place] for place in classes.places(3, numbers)]
    scenes = [scene_at(3, number) for number in numbers]
    assert messages == [f"{scene.sky}-{scene.ground}" for scene in scenes]
    shares = classes.labels(classes.places(3, numbers))
    assert shares.shape == (20, 16)
    assert shares.argmax(1).tolist() == classes.places(3, numbers).tolist()
    assert shares.sum(1).eq(1).all()


def test_it_tells_places_as_its_card_says():
    figures = release.held_out_figures(network(), 200)
    assert figures.accuracy >= 0.985
    assert figures.accuracy_on_generated >= 0.95


def test_e_and_g_are_those_of_scenes_and_f_is_not(bundle):
    scenes = zoo.load("scenes")
    neurons = (Neuron.parse("fc8:night-water", bundle), Neuron.parse("relu6:7", bundle))
    codes = bundle.statistics.mean[None].repeat(2, 1)
    with torch.no_grad():
        result = Problem(bundle, neurons, (Band(0, 1), Band(0, 1))).forward(codes)
        theirs = Problem(scenes, (Neuron.parse("fc8:0", scenes),), (Band(0, 1),)).forward(codes)
        logits = bundle.network(result.images * 2 - 1)
    assert torch.equal(result.images, theirs.images)
    assert torch.equal(result.features, theirs.features)
    assert torch.equal(result.cycle, theirs.cycle)
    assert logits.shape == (2, 16)
    torch.testing.assert_close(result.activations[:, 0], logits[:, classes.CLASSES.index("night-water")])


def test_its_sha_is_made_of_all_networks_that_samples_come_of(bundle):
    own, theirs = weights.sums(FOLDER)[weights.NETWORKS], weights.sums()[weights.NETWORKS]
    assert bundle.sha256 == hashlib.sha256(f"{own} {theirs}".encode()).hexdigest()
    assert bundle.catalogue["sha256"] == bundle.sha256
    assert bundle.catalogue["name"] == bundle.name


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / weights.NETWORKS).write_bytes((FOLDER / weights.NETWORKS).read_bytes()[:-1] + b"x")
    (tmp_path / weights.SUMS).write_bytes((FOLDER / weights.SUMS).read_bytes())
    with pytest.raises(zoo.CorruptWeights):
        network(tmp_path)


def test_codes_are_of_scenes_and_activations_of_places(small):
    images = small.reference.images(range(4)).float() / 255 * 2 - 1
    with torch.no_grad():
        codes = small.encoder.network.get_submodule("fc6")(
            small.encoder.network.flatten(_before_fc6(small.encoder.network, images))
        ).relu()
        logits = small.network(images)
    torch.testing.assert_close(small.reference.codes[:4], codes)
    torch.testing.assert_close(small.reference.invert(torch.arange(4)), codes)
    neurons = [Neuron.parse("fc8:0", small), Neuron.parse("fc8:15", small)]
    torch.testing.assert_close(small.reference.read(neurons)[:4], logits[:, [0, 15]])
    assert small.reference.rendered is small.reference._scenes.rendered  # painted once


def test_what_is_sampled_is_in_band_and_shows_the_place(small):
    neuron = "fc8:night-water"
    values = small.reference.read([Neuron.parse(neuron, small)])[:, 0]
    low, high = 15.0, float(values.max())  # as scenes of the place have it, and no others
    result = sample(small, {"neurons": [{"neuron": neuron, "range": [low, high]}], "n": 4, "k": 4, "seed": 1})
    assert len(result.images) == 4
    assert ((result.activations >= low) & (result.activations <= high)).all()
    factors = small.factors.read(result.images)
    for name in ("night", "water"):
        assert factors[:, small.factors.names.index(name)].mean() > 0.8


def test_training_learns(tmp_path):
    torch.manual_seed(0)
    training_images = TrainingImages(
        render_set(1, 64).pixels, classes.labels(classes.places(1, range(64))), torch.zeros(64, 0)
    )
    run = TrainingRun(20, 16, 2e-3, "cpu", tmp_path, half=False)
    losses = [float(parts["label"]) for _, parts in fitting.fit(untrained(), training_images, run)]
    assert losses[0] > 8  # sixteen times log 2, and a little less
    assert sum(losses[-5:]) / 5 < 0.4 * losses[0]


def _before_fc6(classifier, images):
    for name, layer in classifier.named_children():
        if name == "flatten":
            return images
        images = layer(images)
    raise AssertionError("it has no such layer")
