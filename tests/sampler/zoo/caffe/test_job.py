"""A whole job on the paper's networks at full size: every image is in its band once its PNG is read again."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from inverset.sampler import sample
from inverset.sampler.bundle import Bundle, CodeStatistics
from inverset.sampler.problem import Band, Neuron, Problem, read_images
from inverset.sampler.zoo import generators, networks
from inverset.sampler.zoo.generators import GeneratorEntry
from inverset.sampler.zoo.networks import NetworkEntry
from inverset.sampler.zoo.networks.layers import readable

N = 20
QUICK = {
    "calibrated": {"settle": 2},
    "paper": {"round_steps": 5},
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bundle(paper):
    """The two files as a model, with statistics of the generator's prior and limits of its draws."""
    network = networks.load(NetworkEntry("caffe:caffenet", weights=paper.caffenet), paper.folder)
    generator = generators.load(GeneratorEntry(f"caffe:{paper.generator}"), paper.folder)
    statistics = CodeStatistics(
        mean=generator.prior.mean,
        axes=None,
        scales=generator.prior.scales,
        floor=generator.floor,
        ceiling=generator.ceiling,
        norm_limit=1.2,
        cycle_limit=None,
    )
    made = Bundle(
        name="paper",
        sha256=network.sha256 + generator.sha256,
        network=network.module,
        generator=generator.module,
        preprocess=network.preprocess,
        encoder=generator.inverts,
        statistics=statistics,
        layers=tuple(name for name, _ in network.module.named_children()),
        labels=network.labels,
        reference=None,
        catalogue={"layers": [each.described() for each in readable(network)]},
    )
    draws = Problem(made, (Neuron("relu6", 0),), (Band.of(None),)).forward(paper.codes)
    errors = (draws.features - paper.codes).norm(dim=1) / paper.codes.norm(dim=1)
    return replace(made, statistics=replace(statistics, cycle_limit=1.2 * float(errors.max())))


def band(bundle, codes, *neurons):
    """Bands around what a few draws of the generator give, as wide as those spread."""
    asked = tuple(Neuron.parse(each, bundle) for each in neurons)
    seen = Problem(bundle, asked, tuple(Band.of(None) for _ in asked)).forward(codes).activations
    return [
        {"neuron": str(neuron), "range": [float(own.mean() - own.std()), float(own.mean() + own.std())]}
        for neuron, own in zip(asked, seen.T, strict=True)
    ]


def as_png(image):
    file = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).numpy()).save(file, "png")
    return torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)


@pytest.mark.parametrize(
    ("method", "neurons"),
    [
        ("calibrated", ("fc8:volcano",)),
        ("calibrated", ("conv5:196", "fc8:861")),
        ("paper", ("fc8:volcano",)),
    ],
)
def test_every_png_is_in_its_band(bundle, paper, method, neurons):
    request = band(bundle, paper.codes, *neurons)

    result = sample(bundle, {"neurons": request, "n": N, "k": 10, "method": method, "options": QUICK[method]})

    assert result.outcome["reason"] == "reached n"
    assert result.images.shape == (N, 3, 227, 227)
    parsed = [Neuron.parse(each, bundle) for each in result.neurons]
    read, features = read_images(bundle, parsed, torch.stack([as_png(image) for image in result.images]))
    for column, each in zip(read.T, request, strict=True):
        assert ((column >= each["range"][0]) & (column <= each["range"][1])).all()
    assert torch.allclose(read, result.activations, atol=1e-3)
    assert features.shape == (N, 4096)
    assert ((result.codes >= 0) & (result.codes <= 30)).all()
    assert len(result.images.flatten(1).unique(dim=0)) == N
