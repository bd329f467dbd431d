"""Metrics on sets whose figures are known without computing."""

import math

import pytest
import torch

from inverset.sampler.evaluation import metrics


def test_spread_of_a_square():
    square = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    result = metrics.spread(square)
    assert result.mean_pairwise == pytest.approx((4 + 2 * math.sqrt(2)) / 6)
    assert (result.nearest_mean, result.nearest_least) == pytest.approx((1, 1))


def test_spread_knows_duplicates_and_single_ones():
    assert metrics.spread(torch.ones(3, 5)).nearest_least == 0
    assert metrics.spread(torch.ones(1, 5)) is None


@pytest.mark.parametrize("copies", [1, 30])
def test_vendi_counts_kinds_not_copies(copies):
    kinds = torch.eye(8)[:4].repeat(copies, 1)
    assert metrics.vendi(kinds) == pytest.approx(4)


def test_vendi_is_the_same_by_either_matrix():
    features = torch.randn(40, 40, generator=torch.Generator().manual_seed(0))
    wide = torch.cat([features, torch.zeros(40, 1)], dim=1)  # n < e: the other matrix, the same angles
    assert metrics.vendi(wide) == pytest.approx(metrics.vendi(features), rel=1e-9)


def test_fidelity_of_references_themselves():
    references = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    result = metrics.fidelity(references, references)
    assert (result.precision, result.recall, result.coverage) == (1, 1, 1)
    assert result.density == pytest.approx(1.2, abs=0.3)  # itself and about its five neighbours, over five


def test_fidelity_sees_what_is_far_and_what_is_missing():
    random = torch.Generator().manual_seed(0)
    here, there = torch.randn(60, 4, generator=random), torch.randn(60, 4, generator=random) + 100
    apart = metrics.fidelity(there, here)
    assert (apart.precision, apart.recall, apart.density, apart.coverage) == (0, 0, 0, 0)
    half = metrics.fidelity(here, torch.cat([here, there]))
    assert (half.precision, half.coverage) == (1, 0.5)


def test_recall_asks_how_far_samples_reach_and_coverage_how_near_they_come():
    references = torch.arange(61.0)[:, None]  # each within 3 or so of its neighbours
    sparse = torch.arange(0.0, 61.0, 12.0)[:, None]  # six, with the whole line within reach of them
    result = metrics.fidelity(sparse, references)
    assert (result.precision, result.recall) == (1, 1)
    assert result.coverage < 0.6
    dense = torch.linspace(0, 20, 61)[:, None]
    result = metrics.fidelity(dense, references)
    assert result.recall == pytest.approx(result.coverage, abs=0.1)
    assert result.recall < 0.5


def test_radii_leave_the_point_itself_out():
    line = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    assert metrics.radii(line, 1).tolist() == [1, 1, 2, 4]
    assert metrics.radii(line, 9).tolist() == [7, 6, 4, 7]


@pytest.mark.parametrize(("values", "distance"), [([0.5], 0.5), ([0.0, 0.0], 1.0), ([0.25, 0.75], 0.25)])
def test_distance_to_uniform(values, distance):
    assert metrics.distance_to_uniform(torch.tensor(values) * 10 - 5, -5, 5) == pytest.approx(distance)


def test_blocks_of_rows_change_nothing(monkeypatch):
    features = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    whole = [*metrics.spread(features), *metrics.fidelity(features, features + 0.1)]
    monkeypatch.setattr(metrics, "_ROWS", 7)
    assert [*metrics.spread(features), *metrics.fidelity(features, features + 0.1)] == pytest.approx(whole)


def test_the_nearest_of_wide_features_is_looked_for_a_few_rows_at_a_time(monkeypatch):
    """Candidates of 500 rows of 200,000 numbers would take 3 GB."""
    random = torch.Generator().manual_seed(0)
    features, others = (torch.randn(count, 40, generator=random) for count in (30, 25))
    whole = metrics.nearest(features, others)
    blocks = list[int]()
    look = metrics._nearest
    monkeypatch.setattr(metrics, "_nearest", lambda *parts: blocks.append(len(parts[0])) or look(*parts))
    monkeypatch.setattr(metrics, "_NUMBERS", 8 * 40 * 4)
    found = metrics.nearest(features, others)
    assert blocks == [4] * 7 + [2]
    assert torch.equal(found.numbers, whole.numbers)
    assert torch.equal(found.distances, whole.distances)


def test_sets_drawn_alike_are_alike_and_others_are_not():
    random = torch.Generator().manual_seed(0)
    first, second = (torch.randn(count, 4, generator=random) for count in (300, 200))
    assert metrics.unlikeness(first, second) == pytest.approx(0, abs=0.01)
    assert metrics.unlikeness(first, second + 10) > 0.8
    assert metrics.unlikeness(first, first[:1]) is None


def test_what_a_sample_was_made_of_is_not_its_neighbourhood():
    line = torch.arange(12.0)[:, None] * 10
    alone = metrics.fidelity(line, line, k=1, own=torch.arange(12))
    assert metrics.fidelity(line, line, k=1).precision == 1
    assert (alone.precision, alone.coverage) == (0, 0)  # the next one lies on the border
    numbers = metrics.nearest(line, line, torch.arange(12)).numbers.tolist()
    assert numbers[0] == 1
    assert all(abs(number - own) == 1 for own, number in enumerate(numbers))
    assert metrics.nearest_others(line).tolist() == [10.0] * 12


def test_distance_between_two_sets_of_numbers():
    numbers = torch.arange(10.0)
    assert metrics.distance_between(numbers, numbers) == 0
    assert metrics.distance_between(numbers, numbers + 20) == 1
    assert metrics.distance_between(numbers, numbers + 5) == pytest.approx(0.5)
