"""Reference images chosen by a worker, for a model of one's own; of `scenes` there are too many for a test."""

import io
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from inverset.contract import paths
from inverset.contract.catalogue import REFERENCE_STAMP, Catalogue
from inverset.gallery.reference_images import ReferenceImageCache
from inverset.jobs import store
from inverset.sampler.problem import Neuron
from inverset.worker import idle_tasks, reference_images
from inverset.worker.models import Models
from inverset.worker.runner import Runner
from tests.sampler.zoo.own.lab import TABLE, furnish
from tests.worker.conftest import start, wait_for


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = furnish(tmp_path_factory.mktemp("lab"), 40, TABLE.replace("[toy]", "[mine]"))
    Models("cpu", folder).load("mine")
    return folder


@pytest.fixture(scope="module")
def bundle(lab):
    return Models("cpu", lab).load("mine")


def test_every_measured_neuron_is_told_with_images_that_can_be_shown(services, bundle):
    assert sum(1 for _ in reference_images.make(services.blobs, bundle)) > 1
    cache, of, shown = ReferenceImageCache(services.blobs), reference_images.version(bundle), set()
    known = Catalogue.of({**bundle.catalogue, "methods": {}})
    for name, measured in known.neurons.items():
        result = cache.neuron(of, known, name)
        values = bundle.reference.read([Neuron.parse(name, bundle)])[:, 0]
        assert (result.references, sum(result.counts)) == (40, 40)
        assert result.edges == pytest.approx([measured.quantiles["0"], measured.quantiles["1"]], rel=1e-5)
        for image in (image for each in result.bins for image in each.images):
            assert image.activation == pytest.approx(float(values[image.number]))
            shown.add(image.number)
    for number in shown:
        natural = bundle.reference.images([number])[0].permute(1, 2, 0).numpy().astype(float)
        with Image.open(io.BytesIO(cache.thumbnail(of, number))) as image:
            assert np.abs(np.asarray(image) - natural).mean() < 30
    assert sum(1 for _ in reference_images.make(services.blobs, bundle)) == 0  # all is there


def test_without_natural_images_there_is_nothing(services, bundle):
    bare = replace(bundle, reference=None)
    assert reference_images.noted(bare) == {}
    assert list(reference_images.make(services.blobs, bare)) == []
    assert list(services.blobs.names("models")) == []


def test_a_worker_with_nothing_to_do_makes_them(services, lab, act, monkeypatch):
    monkeypatch.setattr(idle_tasks, "IDLE_SECONDS", 0.1)
    shutil.copytree(lab, services.settings.data_dir, dirs_exist_ok=True)
    runner = Runner(services.sessions, services.blobs, services.settings, "w")
    end = start(runner)
    try:
        wait_for(lambda: "mine" in act(store.model_names))
        offered, stored = act(store.offered, "mine", ["fc2:c"]), act(store.model, "mine").catalogue
        of = paths.version(offered.sha256, stored[REFERENCE_STAMP])
        wait_for(lambda: services.blobs.exists(paths.layer_file(of, "fc2")))
    finally:
        end()
    assert ReferenceImageCache(services.blobs).neuron(of, offered, "fc2:c").references == 40
