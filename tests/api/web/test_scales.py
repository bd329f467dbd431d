"""Axes on which a band is chosen."""

import re
from itertools import pairwise

import pytest

from inverset.api.web.scales import Scale
from inverset.gallery import histogram

QUANTILES = {"0": -100.0, "0.5": -40.0, "0.9": 0.0, "0.99": 2.0, "1": 3.0}


def test_percentiles_stand_at_fixed_places_with_room_above():
    scale = Scale.percentiles(QUANTILES)
    assert scale.knots == [(0.0, -100.0), (25.0, -40.0), (48.0, 0.0), (74.0, 2.0), (94.0, 3.0), (100.0, 4.0)]
    assert scale.place(1.0) == 61
    assert (scale.place(-200.0), scale.place(9.0)) == (0, 100)
    assert scale.drawn((0.0, 2.0)).band == (48.0, 26.0)
    assert scale.drawn(None).outline == ""  # no bar whose area would be no share
    assert [(place, label) for place, _, label in scale.ticks] == [
        (0, "0"),
        (25, "50"),
        (48, "90"),
        (74, "99"),
        (94, "100"),
    ]


def test_labels_have_room_beside_each_other():
    shares = ("0", "0.001", "0.01", "0.1", "0.5", "0.9", "0.95", "0.99", "0.995", "0.999", "1")
    ticks = Scale.percentiles({share: float(share) for share in shares}).ticks
    assert [label for _, _, label in ticks] == ["0", "10", "50", "90", "95", "99", "99.9", "100"]
    assert all(right[0] - left[0] >= 9 for left, right in pairwise(ticks))


def test_of_equal_quantiles_the_lowest_counts():
    scale = Scale.percentiles({"0": 0.0, "0.5": 0.0, "0.9": 1.0, "0.95": 1.0, "1": 3.0})
    assert scale.place(0.0) == 0
    assert scale.place(1.0) == 48
    assert scale.place(0.5) == pytest.approx(36.5)


@pytest.mark.parametrize("quantiles", [{"0": 1.0, "1": 1.0}, {"0": 0.0, "0.5": 0.0, "1": 2.0}])
def test_what_hardly_varies_has_an_even_axis(quantiles):
    scale = Scale.percentiles(quantiles)
    assert len(scale.knots) == 2
    assert scale.knots[0][1] < scale.knots[1][1]


RECTIFIED = {"0": 0.0, "0.5": 0.0, "0.75": 0.4, "0.9": 1.1, "0.95": 1.6, "0.99": 2.6, "1": 3.5}
SKEWED = {"0": -14.7, "0.1": -9.0, "0.5": -3.0, "0.9": 0.8, "0.95": 1.611, "0.99": 2.605, "1": 3.54}


def area(outline, low, high):
    """Of what lies between two places of an outline, as a part of the whole."""
    steps = [(float(top), float(wide)) for top, wide in re.findall(r"V([\d.]+)h([\d.]+)", outline)]
    left, result, whole = 0.0, 0.0, 0.0
    for top, wide in steps:
        whole += (60 - top) * wide
        result += (60 - top) * max(0.0, min(high, left + wide) - max(low, left))
        left += wide
    return result / whole


@pytest.mark.parametrize("quantiles", [QUANTILES, RECTIFIED, SKEWED])
def test_the_coloured_area_is_the_share_that_the_sentence_says(quantiles):
    axis = Scale.even(*histogram.of_quantiles(quantiles, 400))
    for band in [(1.611, 2.605), (0.0, 2.0), (-3.0, 0.8), (2.7, 2.9)]:
        drawn = axis.drawn(band)
        points = histogram.rising(quantiles)
        share = histogram.below(points, band[1]) - histogram.below(points, band[0])
        place = drawn.band
        assert area(drawn.outline, place.x, place.x + place.width) == pytest.approx(share, abs=0.012)
