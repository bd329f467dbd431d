"""The smallest change: along the neuron's own direction, from a start that lies outside the band and is delivered."""

from dataclasses import replace

import pytest
import torch

from inverset.sampler import sample
from inverset.sampler.bundle import CodeStatistics
from tests.sampler import toys

FIRST, SECOND = torch.eye(toys.PIXELS)[0], torch.eye(toys.PIXELS)[1]


def correlated(neurons):
    """Codes whose second entry goes with the first, at .9."""
    bundle = toys.bundle(neurons)
    axes = torch.eye(toys.PIXELS)
    axes[:2, :2] = torch.tensor([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5
    scales = torch.ones(toys.PIXELS)
    scales[:2] = torch.tensor([1.9, 0.1]).sqrt()
    return replace(bundle, statistics=CodeStatistics(torch.zeros(toys.PIXELS), axes, scales, None, 1.5, 0.2))


def ask(bundle, band=(2.0, 2.6), n=40, **options):
    neurons = [{"neuron": "neurons:0", "range": list(band)}]
    return sample(bundle, {"neurons": neurons, "n": n, "method": "counterfactual", "options": options})


def codes(images):
    return (images.flatten(1).double() / 255 - 0.5) / 0.1


def test_only_what_the_neuron_reads_is_changed():
    result = ask(toys.bundle(toys.linear(FIRST[None].tolist())))
    change = codes(result.images) - codes(result.starts)
    assert (change[:, 0].abs() > 0.3).all()
    assert change[:, 1:].abs().max() < 0.06  # half a level of 8 bits, twice


@pytest.mark.parametrize(("metric", "dragged"), [(0.0, 0.0), (1.0, 0.9)])
def test_a_whitened_metric_drags_along_what_goes_with_it(metric, dragged):
    result = ask(correlated(toys.linear(FIRST[None].tolist())), metric=metric, longest=10, gain=1.0)
    change = codes(result.images) - codes(result.starts)
    ratio = float(change[:, 1].sum() / change[:, 0].sum())
    assert abs(ratio - dragged) < 0.05


def test_starts_lie_outside_and_are_told():
    result = ask(toys.bundle(toys.linear(FIRST[None].tolist())))
    before, after = result.start_activations[:, 0], result.activations[:, 0]
    assert not ((before >= 2.0) & (before <= 2.6)).any()
    assert ((after > 2.0) & (after < 2.6)).all()
    assert torch.allclose(codes(result.starts)[:, 0].float(), before, atol=1e-4)
    assert result.starts.shape == result.images.shape


def test_a_neuron_before_e_takes_the_networks_gradient():
    bundle = toys.bundle(toys.linear(FIRST[None].tolist()))
    blind = replace(bundle, statistics=replace(bundle.statistics, cycle_limit=None))  # then there is no head
    result = ask(blind)
    assert result.tally["gradient_evaluations"] > 0
    assert (codes(result.images) - codes(result.starts))[:, 1:].abs().max() < 0.06


def test_what_cannot_be_is_unreachable():
    result = ask(toys.bundle(toys.Constant(3.0)), (4.0, 5.0), futile=1)
    assert result.outcome["reason"] == "unreachable"
    assert not len(result.images)
