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
    found = ask(toys.linear([FIRST]), (1.0, 2.0), method=method, n=200)
    assert found.outcome["reason"] == "reached n"
    values = entries(found, 0)
    assert ((values > 1) & (values < 2)).all()
    assert values.min() < 1.1, "the lower face is not approached"
    assert values.max() > 1.9, "the upper face is not approached"
    assert found.evidence["samples"]["in_band_rate"] == 1
    # Nothing holds the other entries: they spread.
    assert entries(found, 7).std() > 0.3


def test_calibrated_covers_the_slab():
    values = entries(ask(toys.linear([FIRST]), (1.0, 2.0), n=200), 0)
    assert (torch.histc(values, bins=10, min=1, max=2) > 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_length_gives_its_shell(method):
    found = ask(toys.Sphere(), (0.8, 1.0), method=method)
    lengths = torch.stack([entries(found, place) for place in range(toys.PIXELS)]).square().mean(dim=0)
    assert len(lengths) == 20
    assert ((lengths > 0.8) & (lengths < 1.0)).all()


@pytest.mark.parametrize("method", METHODS)
def test_two_neurons_give_the_intersection(method):
    found = ask(toys.linear([FIRST, SECOND]), (1.0, 2.0), (-2.0, -1.5), method=method)
    assert found.outcome["reason"] == "reached n"
    assert ((entries(found, 0) > 1) & (entries(found, 0) < 2)).all()
    assert ((entries(found, 1) > -2) & (entries(found, 1) < -1.5)).all()


@pytest.mark.parametrize(("options", "side"), [({}, 3), ({"settle": 6}, 4)])
def test_calibrated_covers_the_intersection(options, side):
    """A square of known area, in equal fields. No reference is in it: codes come in at a corner, and need time to spread."""
    found = ask(toys.linear([FIRST, SECOND]), (1.0, 2.0), (-2.0, -1.0), n=200, options=options)
    across, up = ((entries(found, 0) - 1) * side).long(), ((entries(found, 1) + 2) * side).long()
    assert (torch.bincount(side * across + up, minlength=side**2) > 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_intersection_ends_and_says_so(method):
    found = ask(toys.linear([FIRST, FIRST]), (1.0, 2.0), (-2.0, -1.0), method=method)
    assert (found.outcome["reason"], len(found.images), found.evidence) == ("unreachable", 0, None)
    assert set(found.outcome["best"]) == {"neurons:0", "neurons:1"}
    assert found.outcome["blocked_by"]


def test_a_constant_neuron_is_unreachable_outside_its_value():
    found = ask(toys.Constant(3.0), (4.0, 5.0))
    assert found.outcome["reason"] == "unreachable"
    assert found.outcome["best"] == {"neurons:0": 3.0}
    assert found.outcome["blocked_by"]["neurons:0 at least"] == 1.0


def test_a_constant_neuron_in_its_band_leaves_diversity_alone():
    found = ask(toys.Constant(3.0), (2.0, 5.0))
    assert found.outcome["reason"] == "reached n"
    assert found.evidence["samples"]["nearest_neighbour"]["min"] > 1


def test_a_dead_neuron_is_woken():
    weights = torch.zeros(1, toys.PIXELS)
    weights[0, :8] = 1
    layer = nn.Sequential(toys.linear(weights), nn.ReLU())
    layer[0].bias = nn.Parameter(torch.tensor([-20.0]), requires_grad=False)  # off for every start
    bundle = toys.bundle(layer)
    asked = [{"neuron": "neurons.1:0", "range": [0.5, 2.0]}]
    found = sample(
        _with_layer(bundle, "neurons.1"),
        {"neurons": asked, "n": 3, "budget": {"gradient_evaluations": 20_000}},
    )
    assert len(found.images) == 3


def test_values_that_are_no_numbers_become_no_samples():
    class Broken(nn.Module):
        def forward(self, codes):
            return torch.where(codes[:, :1] > 0, codes[:, :1], math.nan)

    found = ask(Broken(), (0.5, 1.5), n=10)
    assert found.outcome["reason"] == "reached n"
    assert found.tally["nonfinite"] > 0
    assert found.activations.isfinite().all()


def test_a_budget_ends_the_run_with_what_was_found():
    found = ask(toys.linear([FIRST]), (1.0, 2.0), n=10_000, budget={"gradient_evaluations": 1000})
    assert found.outcome["reason"] == "budget spent"
    assert 0 < len(found.images) < 10_000


@pytest.mark.parametrize(
    "spec", [{"n": 0}, {"k": -1}, {"samples": 3}, {"method": "magic"}, {"options": {"stepp": 1}}]
)
def test_what_makes_no_sense_is_refused(spec):
    with pytest.raises(ProblemError):
        ask(toys.linear([FIRST]), (1.0, 2.0), **{"n": 5, **spec})


def test_evidence_without_references_says_so():
    found = ask(toys.linear([FIRST]), (1.0, 2.0))
    assert found.evidence["baseline"] is None
    assert found.evidence["references"]["precision"] is None
    assert "This model has no natural images" in found.evidence["verdict"][1]


def _with_layer(bundle, name):
    layers = [*bundle.catalogue["layers"], toys.vector(name, 1)]
    return replace(bundle, layers=(*bundle.layers, name), catalogue={"layers": layers})
