"""Where codes start."""

import pytest
import torch

from inverset.sampler import zoo
from inverset.sampler.codes import Starts, draw_coordinates, to_coordinates
from inverset.sampler.problem import Band, Neuron, Problem

COUNT = 400


@pytest.fixture(scope="module")
def bundle():
    return zoo.load("scenes")


def started_near(bundle, quantiles, starts):
    """The share of starts that are among the references nearest to a band between two quantiles."""
    neuron = Neuron.parse("fc8:volcano", bundle)
    values = bundle.reference.read([neuron])[:, 0]
    low, high = (float(values.quantile(min(at, 1.0))) + 20 * max(0.0, at - 1) for at in quantiles)
    problem = Problem(bundle, (neuron,), (Band(low, high),))
    drawn = draw_coordinates(problem, COUNT, starts, torch.Generator().manual_seed(0))
    nearest = to_coordinates(problem, bundle.reference.invert(problem.nearest_references[:COUNT]))
    return float((torch.cdist(drawn, nearest).amin(dim=1) < 0.1).float().mean())


@pytest.mark.parametrize(
    ("quantiles", "scatter", "near"),
    [
        ((0.94, 0.97), 1.0, 1.0),  # nature shows what is there
        ((1.01, 1.3), 0.0, 1.0),
        ((1.01, 1.3), 0.5, 0.52),
        ((1.01, 1.3), 1.0, COUNT / 10_000),  # nature shows nothing: any reference will do
        ((0.9975, 1.3), 1.0, 0.52),  # 25 in band
    ],
)
def test_starts_scatter_as_far_as_nature_is_silent(bundle, quantiles, scatter, near):
    assert started_near(bundle, quantiles, Starts(0.01, 0.0, scatter)) == pytest.approx(near, abs=0.1)
