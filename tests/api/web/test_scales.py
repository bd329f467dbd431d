"""Axes on which a band is chosen."""

import pytest

from api.web.scales import Scale, says

QUANTILES = {"0": -100.0, "0.5": -40.0, "0.9": 0.0, "0.99": 2.0, "1": 3.0}


def test_measured_quantiles_stand_at_equal_distances_with_room_above():
    scale = Scale.stretched(QUANTILES)
    assert scale.knots == [(0.0, -100.0), (20.0, -40.0), (40.0, 0.0), (60.0, 2.0), (80.0, 3.0), (100.0, 4.0)]
    assert scale.place(1.0) == 50
    assert (scale.place(-200.0), scale.place(9.0)) == (0, 100)
    assert scale.counts == pytest.approx([0.5 / 60, 0.01, 0.045, 0.01, 0])
    assert scale.drawn((0.0, 2.0))["band"] == {"x": 40.0, "width": 20.0}


def test_equal_quantiles_stand_at_one_place():
    scale = Scale.stretched({"0": 0.0, "0.5": 0.0, "0.9": 1.0, "1": 3.0})
    assert scale.knots[0] == (0.0, 0.0)
    assert scale.counts[0] == pytest.approx(0.9)
    assert scale.ticks[0][1] == "least"


@pytest.mark.parametrize("quantiles", [{"0": 1.0, "1": 1.0}, {"0": 0.0, "0.5": 0.0, "1": 2.0}])
def test_what_hardly_varies_has_an_even_axis(quantiles):
    scale = Scale.stretched(quantiles)
    assert len(scale.knots) == 2
    assert scale.knots[0][1] < scale.knots[1][1]


def test_how_common_a_band_is():
    assert says(QUANTILES, (0.0, 2.0)) == "0 to 2: 9.00% of natural images, 1.00% lie higher."
    assert says(QUANTILES, (3.0, 9.0)).endswith("0.00% of natural images, 0.00% lie higher.")
