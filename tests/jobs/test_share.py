"""The share of natural images in a band, from the counts of draws."""

import pytest
from scipy.stats import beta

from inverset.contract.evidence import ShareOfNature
from inverset.jobs.share import jeffreys, percent, sentence, share_of_nature
from inverset.jobs.tally import Tally
from inverset.sampler.evaluation import share as evidence


@pytest.mark.parametrize(
    ("hits", "draws"), [(1, 10), (5, 5000), (70.5, 1000), (0.4, 1e6), (990, 1000), (3e4, 1e5)]
)
def test_the_interval_is_that_of_the_beta_distribution(hits, draws):
    expected = beta.ppf([0.025, 0.975], hits + 0.5, draws - hits + 0.5)
    assert jeffreys(hits, draws) == pytest.approx(expected, rel=2e-3)


def test_where_none_hit_it_begins_at_zero():
    assert jeffreys(0, 1000) == (0.0, pytest.approx(beta.ppf(0.975, 0.5, 1000.5), rel=2e-3))


@pytest.mark.parametrize(
    ("drawn", "weight", "squares"),
    [(5000, 70.0, 210.5), (300, 0.0, 0.0), (400, 400.0, 400.0), (9, 2.5, 6.25)],
)
def test_a_job_that_runs_says_what_its_evidence_is_going_to_say(drawn, weight, squares):
    tally = {"drawn": drawn, "drawn_in_band": weight, "drawn_in_band_squares": squares}
    result = share_of_nature(Tally(**tally))
    assert vars(result) == pytest.approx(vars(evidence.share_of_nature(tally)), rel=2e-3)


def test_draws_of_equal_weight_are_counted():
    result = share_of_nature(Tally(drawn=1000, drawn_in_band=70.0, drawn_in_band_squares=70.0))
    assert result.estimate == 0.07
    assert (result.low, result.high) == pytest.approx(jeffreys(70, 1000))
    assert result.draws == 1000


def test_a_heavy_weight_widens_the_interval():
    sure = share_of_nature(Tally(drawn=1000, drawn_in_band=70.0, drawn_in_band_squares=70.0))
    leaked = share_of_nature(Tally(drawn=1000, drawn_in_band=70.0, drawn_in_band_squares=50.0 + 20.0**2))
    assert leaked.estimate == sure.estimate
    assert leaked.low < sure.low < sure.high < leaked.high


def test_methods_that_draw_nothing_tell_nothing():
    assert share_of_nature(Tally(gradient_evaluations=40)) is None
    assert share_of_nature(Tally()) is None
    assert sentence(None) is None


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.07, "7%"),
        (0.0714, "7.1%"),
        (0.996, "100%"),
        (0.21, "21%"),
        (0.00034, "0.034%"),
        (0.0995, "10%"),
        (2e-7, "under 0.0001%"),
        (0.0, "0%"),
    ],
)
def test_a_share_in_words(share, text):
    assert percent(share) == text


def test_a_sentence():
    result = ShareOfNature(0.07, low=0.06, high=0.08, draws=3000)
    assert (
        sentence(result)
        == "About 7% of natural images lie in this band (6 to 8%), estimated from randomly generated images."
    )
    none = ShareOfNature(0.0, low=0.0, high=0.001, draws=3000)
    assert (
        sentence(none)
        == "None of 3,000 randomly generated images lies in this band: at most 0.1% of natural images do."
    )
