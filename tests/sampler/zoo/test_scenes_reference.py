"""What is read of the painted natural images, in both ways: all at once beforehand, and one by one."""

import pytest
import torch

from inverset.sampler import zoo
from inverset.sampler.problem import Neuron
from inverset.sampler.zoo.scenes.reference import RenderedReference


@pytest.fixture
def reference(tmp_path, monkeypatch):
    """Of few images, with a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return lambda: RenderedReference(zoo.load("scenes").network, "b" * 64, 120)


def test_what_was_prepared_reads_as_if_it_was_not(reference):
    bundle = zoo.load("scenes")
    neurons = [Neuron.parse(name, bundle) for name in ("conv5:3@max", "relu5:3@max", "conv2:7@mean", "fc8:1")]
    slow = reference().read(neurons)
    prepared = reference()
    assert sum(1 for _ in prepared.prepare()) == 3
    assert torch.allclose(prepared.read(neurons), slow, atol=1e-5)
    assert "rendered" not in prepared.__dict__
    again = reference()
    assert sum(1 for _ in again.prepare()) == 0  # it was kept
    assert torch.equal(again.read(neurons), prepared.read(neurons))


def test_a_mean_over_a_relu_is_looked_at(reference):
    bundle, prepared = zoo.load("scenes"), reference()
    over, before = (Neuron.parse(name, bundle) for name in ("relu5:3@mean", "conv5:3@mean"))
    for _ in prepared.prepare():
        pass
    values = prepared.read([over, before])
    assert (values[:, 0] >= values[:, 1].relu()).all()
    assert (values[:, 0] - values[:, 1].relu()).abs().max() > 0.01
