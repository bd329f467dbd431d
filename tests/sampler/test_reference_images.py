"""Images chosen for neurons: each lies in its bin, the ends are shown, and all images are counted."""

from itertools import pairwise

import pytest
import torch

from inverset.sampler.evaluation.histogram import BINS
from inverset.sampler.evaluation.reference_images import QUANTILES, SHOWN, exemplars, joined


def activations(count, neurons=3):
    return torch.randn(count, neurons, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("count", [1, 7, 40, 500, 10_000])
def test_images_lie_in_their_bins_and_say_so(count):
    values = activations(count)
    result = exemplars(values)
    assert result.numbers.shape == (3, len(QUANTILES) - 1, SHOWN)
    for neuron in range(3):
        rising = values[:, neuron].sort().values
        last = -1
        for at, (first, upto) in enumerate(pairwise(QUANTILES)):
            held = rising[int(first * count + 1e-9) : int(upto * count + 1e-9)]
            numbers = [number for number in result.numbers[neuron, at].tolist() if number >= 0]
            assert len(numbers) == len(set(numbers)) == min(SHOWN, len(held))
            if not numbers:
                continue
            shown = values[numbers, neuron]
            assert shown.tolist() == result.activations[neuron, at, : len(numbers)].tolist()
            assert result.ends[neuron, at].tolist() == [held[0], held[-1]] == [held.min(), held.max()]
            assert shown.tolist() == sorted(shown.tolist())
            assert shown[0] == held[0]
            if len(numbers) > 1:
                assert shown[-1] == held[-1]
            last = numbers[-1]
        if count > 1:
            assert last == int(values[:, neuron].argmax())


def test_all_images_are_counted_where_they_lie():
    values = activations(2000)
    result = exemplars(values)
    assert result.counts.sum(dim=1).tolist() == [2000] * 3
    for neuron in range(3):
        column = values[:, neuron].double()
        assert result.edges[neuron].tolist() == [column.min(), column.max()]
        expected = torch.histc(column, bins=BINS)
        assert (result.counts[neuron] - expected).abs().sum() <= 2  # one may fall on an edge


def test_a_dead_neuron_has_a_histogram_too():
    result = exemplars(torch.zeros(100, 1))
    assert result.counts.sum() == 100
    assert result.edges.tolist() == [[0, 0]]
    assert (result.numbers >= 0).sum(dim=2).tolist() == [[1, 6, 6, 6, 6, 6, 5, 4, 0, 1]]


def test_neurons_may_be_looked_at_in_turn():
    values = activations(300, 5)
    whole, parts = exemplars(values), joined([exemplars(values[:, :2]), exemplars(values[:, 2:])])
    assert all(torch.equal(one, other) for one, other in zip(whole, parts, strict=True))
