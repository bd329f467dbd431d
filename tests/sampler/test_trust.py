"""Galleries of known kinds, on `scenes`: what is bad is never `good`, and what is good is."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from inverset.contract.encoding import encode
from inverset.sampler import zoo
from inverset.sampler.evaluation import evidence
from inverset.sampler.judges import GradientsAndColours
from inverset.sampler.problem import Band, Neuron, Problem, quantise, read_images, to_uint8
from inverset.sampler.zoo.scenes.reference import RenderedReference
from inverset.sampler.zoo.scenes.world import render_set

KNOWN, NEW, N = 2000, 1000, 60
NEURON, QUANTILES = "fc7:17", (0.2, 0.45)


@pytest.fixture(scope="module")
def bundle():
    scenes = zoo.load("scenes")
    return replace(scenes, reference=RenderedReference(scenes.network, scenes.sha256, KNOWN))


@pytest.fixture(scope="module")
def asked(bundle):
    neuron = Neuron.parse(NEURON, bundle)
    ends = bundle.reference.read([neuron])[:, 0].quantile(torch.tensor(QUANTILES)).tolist()
    return Problem(bundle, (neuron,), (Band(*ends),))


@pytest.fixture(scope="module")
def new():
    """Images of the same world that nobody knows."""
    return render_set(77, NEW)


@pytest.fixture(scope="module")
def fresh(asked, new):
    """Codes of such images, as E says them."""
    return features(asked, torch.from_numpy(new.pixels))


def features(asked, images):
    return torch.cat([read_images(asked.bundle, asked.neurons, each)[1] for each in images.split(250)])


def activations(asked, images):
    return evidence.reread(asked.bundle, asked.neurons, images)[:, 0]


@torch.no_grad()
def painted(asked, codes):
    return to_uint8(quantise(asked.bundle.generator(codes)))


def in_band(asked, images):
    result = activations(asked, images)
    return images[(result >= asked.bands[0].low) & (result <= asked.bands[0].high)]


def judged(asked, images, spent=2000):
    """What is found of images, whatever painted them."""
    codes = features(asked, images)
    seen = evidence.network_outputs(asked, images, codes, codes)
    return encode(evidence.measure(asked, images, seen, {"gradient_evaluations": spent}))


def word(found):
    return found["trust"]["word"]


@pytest.fixture(scope="module")
def good(asked, fresh):
    return in_band(asked, painted(asked, fresh))[:N]


def test_unknown_images_through_the_generator_are_good(asked, good):
    result = judged(asked, good)
    assert word(result) == "good", result["trust"]
    columns = result["judge"]["columns"]
    assert result["judge"]["name"] == "the witness"
    assert columns["natural"]["precision"] > columns["chance"]["precision"]
    assert columns["samples"]["precision"] == pytest.approx(columns["ceiling"]["precision"], abs=0.15)
    error = result["generator"]["picture_error"]
    assert (error["error"], error["held_out"]) == (pytest.approx(0.035, abs=0.001), True)
    assert error["of_one_picture"] > 5 * error["error"]


def test_unknown_images_themselves_are_good(asked, new):
    result = judged(asked, in_band(asked, torch.from_numpy(new.pixels))[:N])
    assert word(result) == "good", result["trust"]


def test_each_image_twice_is_not(asked, good):
    result = judged(asked, good[: N // 2].repeat(2, 1, 1, 1))
    assert word(result) == "careful"
    assert result["judge"]["columns"]["samples"]["duplicates"] == 1
    assert "100% of the images are duplicates of others." in result["verdict"]


def test_the_references_themselves_are_not(asked):
    rows = asked.nearest_references[: asked.references_in_band]
    result = judged(asked, asked.bundle.reference.images(rows[:N].tolist()))
    assert word(result) == "careful"
    assert result["trust"]["reason"].startswith("100% of the images are copies of natural images")


def test_references_with_a_little_noise_are_not(asked):
    statistics, rows = asked.bundle.statistics, asked.nearest_references[: asked.references_in_band]
    noise = torch.randn(len(rows), len(statistics.scales), generator=torch.Generator().manual_seed(0))
    moved = asked.bundle.reference.codes[rows] + 0.2 * (noise * statistics.scales) @ statistics.axes.T
    result = judged(asked, in_band(asked, painted(asked, statistics.bounded(moved)))[:N])
    assert word(result) == "careful"
    assert "are copies of natural images" in result["trust"]["reason"]


def test_one_end_of_the_band_is_not(asked, new):
    images = in_band(asked, torch.from_numpy(new.pixels))
    lowest = images[activations(asked, images).argsort()[:N]]
    result = judged(asked, lowest)
    assert word(result) == "careful"
    assert any("one part of the band" in sentence for sentence in result["verdict"])


def test_blurred_images_are_not(asked, new):
    small = functional.adaptive_avg_pool2d(torch.from_numpy(new.pixels).float(), 8)
    blurred = functional.interpolate(small, (64, 64), mode="bilinear").to(torch.uint8)
    result = judged(asked, in_band(asked, blurred)[:N])
    assert word(result) == "careful"
    assert any("The images are blurred" in sentence for sentence in result["verdict"])


def test_noise_is_not(asked):
    noise = torch.randint(0, 256, (N, 3, 64, 64), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    low, high = activations(asked, noise).aminmax()
    wide = replace(asked, bands=(Band(float(low) - 0.1, float(high) + 0.1),))
    assert wide.references_in_band > 100
    result = judged(wide, noise)
    assert result["samples"]["in_band_rate"] == 1
    assert word(result) != "good"
    assert any("The images are rough" in sentence for sentence in result["verdict"])


def test_one_class_alone_is_not(asked, new):
    """Images in band, but of one class where nature has many."""
    images, classes = torch.from_numpy(new.pixels), torch.from_numpy(new.classes)
    result = activations(asked, images)
    inside = (result >= asked.bands[0].low) & (result <= asked.bands[0].high)
    alone = images[inside & (classes == torch.bincount(classes[inside]).argmax())]
    alone = alone[:N]
    result = judged(asked, alone)
    assert result["samples"]["count"] >= 20
    assert word(result) == "careful"
    assert any("kinds of images are missing" in each or "less diverse" in each for each in result["verdict"])


def test_where_chance_beats_nature_the_measure_is_void():
    """By a margin that counts, and in enough images."""

    from inverset.contract.figures import Columns, Figures
    from inverset.sampler.evaluation.evidence import void

    ceiling, chance = Figures(count=100, precision=0.3), Figures(count=100, precision=0.95)
    columns = Columns(natural=Figures(count=100, precision=0.9), ceiling=ceiling, chance=chance)
    assert void(columns) is not None
    assert "not valid" in void(columns)
    assert void(replace(columns, chance=replace(chance, precision=0.35))) is None
    assert void(replace(columns, chance=replace(chance, count=5))) is None  # a matter of luck


def test_without_a_network_images_are_judged_too(asked, good, new):
    plain = replace(asked, bundle=replace(asked.bundle, judge=None))
    result = judged(plain, good)
    assert (result["judge"]["name"], result["judge"]["dimensions"]) == ("hog", 64)
    assert word(result) == "good", result["trust"]
    assert GradientsAndColours().read(torch.from_numpy(new.pixels[:2])).shape == (2, 516)
    other = torch.randint(0, 256, (2, 3, 40, 90), dtype=torch.uint8)
    assert GradientsAndColours().read(other).shape == (2, 516)


def test_without_a_network_blends_of_images_are_not_good(asked, fresh):
    """Four scenes in one image have no form of their own, yet lie among natural images, by edges and colours."""
    blends = painted(asked, fresh[: 4 * N].unflatten(0, (4, N)).mean(dim=0))
    low, high = activations(asked, blends).aminmax()
    bundle = replace(asked.bundle, judge=None)
    plain = replace(asked, bundle=bundle, bands=(Band(float(low) - 0.1, float(high) + 0.1),))
    result = judged(plain, blends)
    assert result["judge"]["columns"]["samples"]["precision"] > 0.8
    assert word(result) == "careful"
    assert any("shapeless blends" in sentence for sentence in result["verdict"])
