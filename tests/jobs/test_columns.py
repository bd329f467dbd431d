"""Many samples in a few bytes."""

import re
import time

import numpy as np
import pytest

from inverset.contract.evidence import Evidence
from inverset.contract.question import Band, Target
from inverset.gallery.columns import Columns, of_kinds, runs
from inverset.gallery.projection import plane
from inverset.gallery.strip_plot import ROWS, WIDTH, strips


@pytest.mark.parametrize(
    ("numbers", "found"),
    [([], []), ([0, 1, 2], [(0, 3)]), ([0, 1, 5, 7, 8], [(0, 2), (5, 1), (7, 2)])],
)
def test_numbers_become_runs(numbers, found):
    assert runs(numbers) == found


def test_columns_follow_the_order_of_the_neurons():
    rows = [(0, {"a": 1.0, "b": 20.0}, None), (3, {"b": 30.123456, "a": 2.0}, None)]
    answer = {"runs": [(0, 1), (3, 1)], "activations": [[20.0, 30.123], [1.0, 2.0]]}
    assert Columns.of(rows, ["b", "a"]).to_json() == answer
    started = [(index, after, {"a": 0.5, "b": index}) for index, after, _ in rows]
    assert Columns.of(started, ["b", "a"]).to_json() == {**answer, "starts": [[0, 3], [0.5, 0.5]]}


def test_kinds_are_runs_of_their_samples_where_all_are_known():
    facet = {"size": 3, "share": 0.6, "members": [0], "samples": [0, 1, 5]}
    other = {"size": 2, "share": 0.4, "members": [3], "samples": [3, 4]}
    assert of_kinds(Evidence.of({"facets": {"facets": [facet, other]}})) == [[(0, 2), (5, 1)], [(3, 2)]]
    earlier = {"size": 3, "share": 0.6, "members": [0]}
    assert of_kinds(Evidence.of({"facets": {"facets": [earlier, other]}})) is None
    assert of_kinds(None) is None


def places(path):
    return [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h0", path)]


def test_every_sample_is_a_dot_in_its_band_and_those_beyond_lie_at_its_ends():
    (result,) = strips([Target("a", Band.of([1.0, 3.0]))], {"a": [1.0, 2.0, 3.0, 9.0, -4.0]})
    assert sorted(x for x, _ in places(result.path)) == [0, 0, WIDTH // 2, WIDTH, WIDTH]
    assert (result.low, result.high, result.count) == (1.0, 3.0, 5)


def test_dots_at_one_place_stack_until_the_strip_is_full():
    (result,) = strips([Target("a", Band.of([0.0, 1.0]))], {"a": [0.5] * 20_000})
    assert sorted(y for _, y in places(result.path)) == list(range(ROWS))


def test_without_a_band_the_strip_goes_over_what_was_found():
    (result,) = strips([Target("a", Band.of(None))], {"a": [3.0, 5.0]})
    assert (result.low, result.high, result.asked) == (3.0, 5.0, False)
    assert strips([Target("a", Band.of(None))], {"a": []})[0].path == ""


def test_samples_are_laid_out_along_the_axes_on_which_they_differ_most():
    random = np.random.default_rng(0)
    features = (random.normal(size=(500, 5)) * [1, 9, 0.1, 3, 0.1]).astype(np.float32)
    result = plane({"features": features})
    places = np.array(result.places).T
    for row, axis in ((0, 1), (1, 3)):
        assert abs(np.corrcoef(places[row], features[:, axis])[0, 1]) > 0.98
    assert (places.min(), places.max()) == (0, 1)
    variance = features.var(axis=0)
    assert result.explained == pytest.approx((variance[1] + variance[3]) / variance.sum(), abs=0.01)


@pytest.mark.parametrize("features", [np.zeros((2, 3)), np.ones((9, 3))])
def test_too_few_or_equal_samples_have_no_map(features):
    assert plane({"features": features.astype(np.float32)}) is None
    assert plane({}) is None


def test_features_in_the_thousands_take_no_longer_than_their_samples():
    random = np.random.default_rng(0)
    features = (random.normal(size=(30, 2)) * [9, 4]) @ random.normal(size=(2, 6000))
    began = time.process_time()
    result = plane({"features": features.astype(np.float32)})
    assert time.process_time() - began < 5  # the axes of 6,000 x 6,000 take half a minute
    assert result.explained == pytest.approx(1, abs=1e-4)
    few = plane({"features": (features @ random.normal(size=(6000, 8))).astype(np.float32)})
    assert few is not None
