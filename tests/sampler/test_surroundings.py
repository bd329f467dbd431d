"""Natural images around a band: just below it, in it, and just above it."""

import pytest

from inverset.sampler.evaluation.surroundings import SHOWN, surroundings
from inverset.sampler.problem import Band, Neuron, Problem
from tests.sampler.test_evidence import Natural, problem


def test_rows_lie_on_their_sides_of_the_band_next_to_it():
    reference = Natural()
    values = reference.codes[:, 0]
    found = surroundings(problem(0.0, 0.2, reference))
    inside = int(((values >= 0.0) & (values <= 0.2)).sum())
    assert inside > SHOWN
    for row, low, high in (
        (found.below, values[values < 0].sort().values[-inside], 0.0),
        (found.inside, 0.0, 0.2),
        (found.above, 0.2, values[values > 0.2].sort().values[inside - 1]),
    ):
        assert len(row.numbers) == SHOWN
        assert row.activations == tuple(values[[*row.numbers]].tolist())
        assert row.activations == tuple(sorted(row.activations))
        assert low <= row.activations[0]
        assert row.activations[-1] <= high
        assert row.quantiles[0] == pytest.approx(
            float((values < row.activations[0]).float().mean()), abs=0.01
        )


def test_beyond_all_images_the_nearest_are_below_and_none_above():
    reference = Natural()
    found = surroundings(problem(40.0, 60.0, reference))
    highest = reference.codes[:, 0].sort().values[-SHOWN:].tolist()
    assert found.below.activations == tuple(highest)
    assert found.below.quantiles[1] == 1.0
    assert (found.inside.numbers, found.above.numbers, found.above.quantiles) == ((), (), None)


def test_the_other_neurons_are_in_their_bands():
    reference = Natural()
    bundle = problem(reference=reference).bundle
    neurons = tuple(Neuron.parse(f"code:{unit}", bundle) for unit in (0, 1))
    found = surroundings(Problem(bundle, neurons, (Band(0.0, 0.5), Band(0.0, 1.0))))
    assert found.numbers
    assert all(0 <= reference.codes[number, 1] <= 1 for number in found.numbers)


def test_without_a_band_or_natural_images_there_are_none():
    assert surroundings(problem(reference=None)) is None
    bundle = problem(reference=Natural()).bundle
    open_band = Problem(bundle, (Neuron.parse("neurons:0", bundle),), (Band.of(None),))
    assert surroundings(open_band) is None
