"""Titles of galleries: in the units in which bands were requested."""

import pytest

from inverset.contract import titles
from inverset.contract.question import Band, Target

VOLCANO = Target("fc8:volcano", Band(1.61, 2.6))


@pytest.mark.parametrize(
    ("requested", "title"),
    [
        ({"quantiles": [0.95, 0.99]}, "volcano, between its 95th and 99th percentile"),
        ({"quantiles": [0.99, 1]}, "volcano, between its 99th percentile and its maximum"),
        ({"quantiles": [0, 0.01]}, "volcano, between its minimum and its 1st percentile"),
        ({"quantiles": [0.12, 0.999]}, "volcano, between its 12th and 99.9th percentile"),
        ({"sd": [-1, 2.5]}, "volcano, -1 to 2.5 standard deviations from its mean"),
        ([1.61, 2.6], "volcano, activation 1.61 to 2.6"),
    ],
)
def test_a_band_is_named_in_the_units_of_the_request(requested, title):
    assert titles.title([VOLCANO], {"neurons": [{"range": requested}]}) == title


def test_several_neurons_and_what_the_request_does_not_give():
    other = Target("conv5:3", Band.of(None))
    assert titles.title([VOLCANO, other], {}) == "volcano, activation 1.61 to 2.6 and conv5:3, any activation"


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((0.9075, 0.95), "90.8th to 95th percentile"),
        ((0.9901, 1.0), "above the 99th percentile"),
        ((0.0, 0.212), "below the 21.2th percentile"),
        ((0.99, 0.9999), "99th to 99.99th percentile"),
        ((0.31, 0.31), "31st percentile"),
    ],
)
def test_two_quantiles_are_percentiles(shares, words):
    assert titles.between(shares) == words
