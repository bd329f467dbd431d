"""Images that a user tries: where they fall, what they drive, and that nothing of them is left."""

import pytest
import torch

from inverset.contract.decoding import decode
from inverset.contract.image_tries import TOP_UNITS, TriedImage
from inverset.gallery import histogram
from inverset.jobs import image_tries, store, switches
from inverset.jobs.image_tries import Sent
from inverset.jobs.lifecycle import Status
from inverset.sampler.evaluation import layer_units
from inverset.sampler.neuron import Neuron
from inverset.sampler.problem import read_images
from inverset.sampler.zoo.own.decoding import decoded
from tests.images import SVG, bomb, encoded, picture, truncated
from tests.worker.conftest import start, wait_for


@pytest.fixture
def tried(act, hire):
    """Try images on a neuron: the row afterwards."""

    def tried(neuron, *sent):
        row = act(image_tries.add, "local", "scenes", neuron, sent)
        tries = hire().image_tries
        assert tries.take()
        assert tries.answer()
        return act(image_tries.one, "local", row.id)

    return tried


def holding(folder, mark):
    """The files below a folder that hold some bytes."""
    return [each for each in folder.rglob("*") if each.is_file() and mark in each.read_bytes()]


def images(row):
    assert row.state is Status.SUCCEEDED, row.error
    return [decode(TriedImage, each) for each in row.images]


def test_a_file_falls_where_the_network_puts_it(tried, models, tmp_path):
    content, bundle = encoded(picture(1)), models.load("scenes")
    (tmp_path / "a.png").write_bytes(content)
    (image,) = images(tried("fc8:volcano", Sent("a.png", content)))
    neurons = [Neuron.parse(f"fc8:{unit}", bundle) for unit in range(12)]
    read, _ = read_images(bundle, neurons, decoded(tmp_path / "a.png", bundle.size)[None])
    volcano = next(at for at, each in enumerate(neurons) if str(each) == "fc8:volcano")
    assert image.activation == pytest.approx(float(read[0, volcano]), abs=1e-4)
    assert image.name == "a.png"
    assert image.compared == 12
    shares = {
        str(each): 100
        * histogram.below(histogram.rising(bundle.statistics_of(str(each)).quantiles), float(value))
        for each, value in zip(neurons, read[0], strict=True)
    }
    assert image.percentile == pytest.approx(shares["fc8:volcano"], abs=0.01)
    assert [each.percentile for each in image.units] == pytest.approx(
        sorted(shares.values(), reverse=True)[:TOP_UNITS], abs=0.01
    )
    assert {each.neuron: each.percentile for each in image.units} == pytest.approx(
        {each.neuron: shares[each.neuron] for each in image.units}, abs=0.01
    )


def test_a_natural_image_has_the_activation_that_is_known(tried, models):
    bundle = models.load("scenes")
    known = bundle.reference.read([Neuron.parse("conv5:3@max", bundle)])[7, 0]
    (image,) = images(tried("conv5:3@max", Sent("natural image 7", reference=7)))
    assert image.activation == pytest.approx(float(known), abs=1e-4)
    assert all(each.neuron.startswith("conv5:") and each.neuron.endswith("@max") for each in image.units)
    assert image.compared == 64


def test_a_neuron_without_statistics_has_no_percentile(tried):
    (image,) = images(tried("conv1:0@2,4", Sent("natural image 7", reference=7)))
    assert (image.percentile, image.units, image.compared) == (None, (), 0)


def test_a_bad_file_spoils_no_other(tried):
    sent = [
        Sent("cut.png", truncated()),
        Sent("bomb.png", bomb()),
        Sent("a.svg", SVG),
        Sent("n", reference=10**9),
    ]
    *wrong, good = images(tried("fc8:volcano", *sent, Sent("good.webp", encoded(picture(), "WEBP"))))
    assert [each.activation for each in wrong] == [None] * 4
    assert [each.error.split(";")[0] for each in wrong] == [
        "it cannot be decoded: image file is truncated",
        "it has 40000 x 40000 pixels",
        "it is not a PNG, JPEG or WebP image",
        "there is no natural image 1000000000",
    ]
    assert good.error is None
    assert len(good.units) == TOP_UNITS


def test_nothing_is_left_of_the_bytes(tried, act, services, settings):
    """No blob, no file: SQLite's own are overwritten."""
    before = {blob.name for blob in services.blobs.names()}
    content = encoded(picture(3))
    mark, folder = content[200:240], settings.data_dir
    row = act(image_tries.add, "local", "scenes", "fc8:volcano", [Sent("mine.png", content)])
    assert holding(folder, mark)
    tried("fc8:volcano", Sent("other.png", encoded(picture(4))))  # the older one is taken
    assert act(image_tries.one, "local", row.id).state is Status.SUCCEEDED
    assert {blob.name for blob in services.blobs.names()} == before
    assert holding(folder, mark) == []
    act(image_tries.remove, "local", row.id)
    image_tries.empty_log(services.sessions)
    assert holding(folder, b"mine.png") == []


def test_it_is_answered_while_a_job_is_sampled(hire, act, post):
    job_id = post(n=4000, k=4)
    end = start(hire(slice_seconds=600))
    try:
        wait_for(lambda: act(store.job, job_id).accepted > 0)
        row = act(image_tries.add, "local", "scenes", "fc8:volcano", [Sent("a.png", encoded(picture()))])
        wait_for(lambda: act(image_tries.one, "local", row.id).state is Status.SUCCEEDED)
        assert act(store.job, job_id).state == "running"
    finally:
        end()


def test_a_paused_service_and_a_model_of_others_wait(hire, act):
    act(image_tries.add, "local", "other", "fc8:0", [Sent("a", reference=0)])
    tries = hire().image_tries
    assert not tries.take()
    act(image_tries.add, "local", "scenes", "fc8:volcano", [Sent("a", reference=0)])
    act(switches.turn, "paused", on=True, by="root")
    assert not tries.take()
    act(switches.turn, "paused", on=False, by="root")
    assert tries.take()


def test_an_error_is_the_requests_own(tried, monkeypatch):
    def fail(*_):
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(layer_units, "read_layer", fail)
    row = tried("fc8:volcano", Sent("a", reference=0))
    assert (row.state, row.images, row.error) == (Status.FAILED, None, "RuntimeError: CUDA out of memory")


def test_shares_of_equal_quantiles_are_the_lowest(models):
    bundle = models.load("scenes")
    names = [name for name in bundle.measured if name.startswith("relu6:")][:40]
    told = [bundle.statistics_of(name) for name in names]
    values = torch.rand(5, 40) * 6 - 1
    values[0] = 0.0
    found = layer_units.percentiles(told, values)
    for at, each in enumerate(told):
        points = histogram.rising(each.quantiles)
        expected = [100 * histogram.below(points, float(value)) for value in values[:, at]]
        assert found[:, at].tolist() == pytest.approx(expected, abs=0.02)
