"""Histograms to draw: of counts, and of what is known by quantiles alone."""

import pytest

from inverset.gallery import histogram


def test_of_quantiles_is_even_between_two_of_them():
    edges, shares = histogram.of_quantiles({"0": 0.0, "0.5": 1.0, "1": 3.0}, 6)
    assert edges == (0.0, 3.0)
    assert shares == pytest.approx([0.25, 0.25, 0.125, 0.125, 0.125, 0.125])


def test_a_heap_of_equal_activations_lies_in_the_bin_that_begins_there():
    _, shares = histogram.of_quantiles({"0": 0.0, "0.6": 0.0, "1": 4.0}, 4)
    assert shares == pytest.approx([0.7, 0.1, 0.1, 0.1])
    assert histogram.of_quantiles({"0": 2.0, "1": 2.0}, 2) == ((1.5, 2.5), [0.0, 1.0])


def test_bars_are_as_high_as_their_counts_so_that_areas_are_shares():
    assert histogram.across((0.0, 4.0), (1.0, 2.5)) == (25.0, 37.5)
    assert histogram.outline([4, 1]) == "M0 60V0h50V45h50V60z"
    assert histogram.outline([0, 0]) == "M0 60V60h50V60h50V60z"


def test_room_beyond_what_was_seen():
    (low, high), counts = histogram.widened((0.0, 10.0), [1.0] * 10)
    assert (low, high, counts) == (-1.0, 11.0, [0.0, *[1.0] * 10, 0.0])
