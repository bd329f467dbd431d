"""Principal axes of codes: as many as hold nearly all of the variance, within what can be kept."""

from types import SimpleNamespace

import pytest
import torch

from inverset.sampler.zoo.own import statistics

GENERATOR = SimpleNamespace(floor=None, ceiling=None)


def of_codes(width, spread, count=1200):
    """The statistics of codes whose entries are independent, each with its own deviation."""
    random = torch.Generator().manual_seed(0)
    return statistics.of_codes(torch.randn(count, width, generator=random) * spread, GENERATOR, None)


@pytest.mark.parametrize("width", [600, 1000])
def test_narrow_codes_have_axes_however_evenly_they_are_spread(width):
    found = of_codes(width, 1.0)
    assert found.axes.shape[0] == width
    assert found.axes.shape[1] > statistics.MOST_AXES
    kept = found.scales.square().sum() / found.deviations.square().sum()
    assert float(kept) > statistics.FEWEST_KEPT


def test_wide_codes_that_are_spread_evenly_have_none(monkeypatch):
    monkeypatch.setattr(statistics, "_MOST_NUMBERS", 0)
    assert of_codes(1000, 1.0).axes is None


def test_wide_codes_that_few_axes_hold_have_few():
    spread = torch.full((9000,), 1e-3)
    spread[:20] = 1.0
    assert of_codes(9000, spread, 300).axes.shape[1] <= statistics.MOST_AXES
