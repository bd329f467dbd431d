"""Inverse sets that are known exactly: every method finds them, or says truly that there is nothing to find."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from inverset.sampler import sample
from inverset.sampler.problem import ProblemError
from tests.sampler import toys

METHODS = ["calibrated", "paper"]
FIRST, SECOND = torch.eye(toys.PIXELS)[0].tolist(), torch.eye(toys.PIXELS)[1].tolist()


def ask(neurons, *ranges, method="calibrated", n=20, **spec):
    asked = [{"neuron": f"neurons:{unit}", "range": list(band)} for unit, band in enumerate(ranges)]
    return sample(toys.bundle(neurons), {"neurons": asked, "n": n, "method": method, **spec})


def entries(found, place):
    """What the pictures hold at a place, as the neuron sees it."""
    return (found.images.flatten(1)[:, place].double() / 255 - 0.5) / 0.1


@pytest.mark.parametrize("method", METHODS)
def test_a_linear_neuron_gives_its_slab(method):
    result = ask(toys.linear([FIRST]), (1.0, 2.0), method=method, n=200)
    assert result.outcome["reason"] == "reached n"
    values = entries(result, 0)
    assert ((values > 1) & (values < 2)).all()
    assert values.min() < 1.1, "the lower face is not approached"
    assert values.max() > 1.9, "the upper face is not approached"
    assert result.evidence["samples"]["in_band_rate"] == 1
    # Nothing holds the other entries: they spread.
    assert entries(result, 7).std() > 0.3


def test_calibrated_covers_the_slab():
    values = entries(ask(toys.linear([FIRST]), (1.0, 2.0), n=200), 0)
    assert (torch.histc(values, bins=10, min=1, max=2) > 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_length_gives_its_shell(method):
    result = ask(toys.Sphere(), (0.8, 1.0), method=method)
    lengths = torch.stack([entries(result, place) for place in range(toys.PIXELS)]).square().mean(dim=0)
    assert len(lengths) == 20
    assert ((lengths > 0.8) & (lengths < 1.0)).all()


@pytest.mark.parametrize("method", METHODS)
def test_two_neurons_give_the_intersection(method):
    result = ask(toys.linear([FIRST, SECOND]), (1.0, 2.0), (-2.0, -1.5), method=method)
    assert result.outcome["reason"] == "reached n"
    assert ((entries(result, 0) > 1) & (entries(result, 0) < 2)).all()
    assert ((entries(result, 1) > -2) & (entries(result, 1) < -1.5)).all()


@pytest.mark.parametrize(("options", "side"), [({}, 3), ({"settle": 6}, 4)])
def test_calibrated_covers_the_intersection(options, side):
    """A square of known area, in equal fields. No reference is in it: codes come in at a corner, and need time to spread."""
    result = ask(toys.linear([FIRST, SECOND]), (1.0, 2.0), (-2.0, -1.0), n=200, options=options)
    across, up = ((entries(result, 0) - 1) * side).long(), ((entries(result, 1) + 2) * side).long()
    assert (torch.bincount(side * across + up, minlength=side**2) > 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_intersection_ends_and_says_so(method):
    result = ask(toys.linear([FIRST, FIRST]), (1.0, 2.0), (-2.0, -1.0), method=method)
    assert (result.outcome["reason"], len(result.images), result.evidence) == ("unreachable", 0, None)
    assert set(result.outcome["best"]) == {"neurons:0", "neurons:1"}
    assert result.outcome["blocked_by"]


def test_a_constant_neuron_is_unreachable_outside_its_value():
    result = ask(toys.Constant(3.0), (4.0, 5.0))
    assert result.outcome["reason"] == "unreachable"
    assert result.outcome["best"] == {"neurons:0": 3.0}
    assert result.outcome["blocked_by"]["neurons:0 at least"] == 1.0


def test_a_constant_neuron_in_its_band_leaves_diversity_alone():
    result = ask(toys.Constant(3.0), (2.0, 5.0))
    assert result.outcome["reason"] == "reached n"
    assert result.evidence["samples"]["nearest_neighbour"]["min"] > 1


def test_a_dead_neuron_is_woken():
    weights = torch.zeros(1, toys.PIXELS)
    weights[0, :8] = 1
    layer = nn.Sequential(toys.linear(weights), nn.ReLU())
    layer[0].bias = nn.Parameter(torch.tensor([-20.0]), requires_grad=False)  # off for every start
    bundle = toys.bundle(layer)
    neurons = [{"neuron": "neurons.1:0", "range": [0.5, 2.0]}]
    result = sample(
        _with_layer(bundle, "neurons.1"),
        {"neurons": neurons, "n": 3, "budget": {"gradient_evaluations": 20_000}},
    )
    assert len(result.images) == 3


def test_values_that_are_no_numbers_become_no_samples():
    class Broken(nn.Module):
        def forward(self, codes):
            return torch.where(codes[:, :1] > 0, codes[:, :1], math.nan)

    result = ask(Broken(), (0.5, 1.5), n=10)
    assert result.outcome["reason"] == "reached n"
    assert result.tally["nonfinite"] > 0
    assert result.activations.isfinite().all()


def test_a_budget_ends_the_run_with_what_was_found():
    result = ask(toys.linear([FIRST]), (1.0, 2.0), n=10_000, budget={"gradient_evaluations": 1000})
    assert result.outcome["reason"] == "budget spent"
    assert 0 < len(result.images) < 10_000


@pytest.mark.parametrize(
    "spec", [{"n": 0}, {"k": -1}, {"samples": 3}, {"method": "magic"}, {"options": {"stepp": 1}}]
)
def test_what_makes_no_sense_is_refused(spec):
    with pytest.raises(ProblemError):
        ask(toys.linear([FIRST]), (1.0, 2.0), **{"n": 5, **spec})


def test_evidence_without_references_says_so():
    result = ask(toys.linear([FIRST]), (1.0, 2.0))
    assert result.evidence["baseline"] is None
    assert result.evidence["references"]["precision"] is None
    assert "This model has no natural images" in result.evidence["verdict"][1]


def _with_layer(bundle, name):
    layers = [*bundle.catalogue["layers"], toys.vector(name, 1)]
    return replace(bundle, layers=(*bundle.layers, name), catalogue={"layers": layers})
