"""Draws of the prior in band: their law is the prior's, and so is the share of the band."""

from dataclasses import replace
from statistics import NormalDist

import pytest
import torch

from inverset.sampler import sample
from inverset.sampler.evaluation.share import share_of_nature
from inverset.sampler.problem import Band, Neuron, Problem
from inverset.sampler.surrogates import Regression, coefficients
from tests.sampler import toys

NORMAL = NormalDist()
ALL = [
    toys.PIXELS**-0.5
] * toys.PIXELS  # f ~ N(0, 1) under the prior, and 8 bits of a pixel hardly show in it
FIRST, SECOND = torch.eye(toys.PIXELS)[0].tolist(), torch.eye(toys.PIXELS)[1].tolist()


def ask(neurons, *ranges, n=100, bundle=None, **options):
    asked = [{"neuron": f"neurons:{unit}", "range": list(band)} for unit, band in enumerate(ranges)]
    spec = {"neurons": asked, "n": n, "method": "conditional", "options": options}
    return sample(bundle or toys.bundle(neurons), spec)


@pytest.mark.parametrize("band", [(-0.5, 0.5), (1.0, 1.6)])
def test_samples_are_the_prior_restricted_to_the_band(band):
    result = ask(toys.linear([ALL]), band, n=400, guide_above=1e9)
    low, high = (NORMAL.cdf(end) for end in band)
    # The prior is N(0, I): in band, the ranks of f are uniform.
    ranks = torch.tensor([(NORMAL.cdf(float(value)) - low) / (high - low) for value in result.activations])
    steps = torch.linspace(0, 1, len(ranks))
    assert (ranks.sort().values - steps).abs().max() < 0.09  # Kolmogorov-Smirnov, 1 % at n = 400
    # Nothing is known of what f does not read.
    values = (result.images.flatten(1).double() / 255 - 0.5) / 0.1
    across = (values[:, ::2] - values[:, 1::2]).mean(dim=1) * (toys.PIXELS / 4) ** 0.5
    assert abs(float(across.std()) - 1) < 0.12
    assert result.tally["guided"] == 0


@pytest.mark.parametrize("band", [(-0.5, 0.5), (1.0, 1.6), (2.0, 2.4)])
def test_the_share_of_the_band_is_the_priors(band):
    result = ask(toys.linear([ALL]), band, n=300, guide_above=1e9)
    share, truth = share_of_nature(result.tally), NORMAL.cdf(band[1]) - NORMAL.cdf(band[0])
    assert share.low <= truth <= share.high
    assert share.high < 1.5 * truth, "an interval that says something"


def test_a_blind_screen_is_found_out_by_its_leak():
    """A surrogate that knows nothing loses most of the band; the leak counts what it loses."""
    bundle = toys.with_pictures(toys.linear([FIRST]))
    blind = replace(bundle, reference=bundle.reference, encoder="code")
    problem = Problem(blind, (Neuron("neurons", 0),), (Band(1.0, 1.6),))
    problem.__dict__["head"] = _Shifted(problem)
    from inverset.sampler import driver

    options = {"leak": 0.1, "widening": 0.1, "guide_above": 1e9}
    *_, last = driver.answer(problem, driver.question(problem, "conditional", 400, k=50, options=options))
    share, truth = share_of_nature(last.state.tally._asdict()), NORMAL.cdf(1.6) - NORMAL.cdf(1.0)
    assert share.low <= truth <= share.high


class _Shifted:
    """Predicts another entry than the neuron reads."""

    def __init__(self, problem):
        self.problem = problem

    def predict(self, codes):
        return codes[:, 1:2]


def test_a_screen_costs_fewer_evaluations_than_none():
    band = (1.5, 1.8)
    screened = ask(toys.linear([FIRST]), band, n=200, guide_above=1e9)
    plain = ask(toys.linear([FIRST]), band, n=200, leak=1.0, guide_above=1e9)
    failed = {
        name: result.tally["given_up"] / 200 for name, result in (("screened", screened), ("plain", plain))
    }
    assert failed["screened"] < 2
    assert failed["plain"] > 10


def test_guidance_needs_no_generator_that_inverts_e():
    """Features of another width than codes, as those of pixels and autoencoders are."""
    neurons = toys.linear([ALL, FIRST])
    bundle = toys.bundle(neurons)
    statistics = replace(bundle.statistics, cycle_limit=None)
    bundle = replace(bundle, encoder="neurons", statistics=statistics)
    result = ask(neurons, (5.0, 6.0), n=30, bundle=bundle)
    assert len(result.steps) == 30
    assert result.tally["guided"] >= 30
    assert result.features.shape == (30, 2)
    assert result.codes.shape[1] == len(bundle.statistics.mean)


def test_a_band_beyond_all_draws_is_reached_by_guidance():
    result = ask(toys.linear([FIRST]), (4.2, 4.6), n=30)
    assert result.outcome["reason"] == "reached n"
    assert result.tally["guided"] >= 30  # of the last batch, those beyond n as well
    assert result.evidence["samples"]["in_band_rate"] == 1


def test_an_intersection_holds_both_bands():
    result = ask(toys.linear([FIRST, SECOND]), (0.5, 1.0), (-1.0, -0.5), n=60)
    low, high = torch.tensor([0.5, -1.0]), torch.tensor([1.0, -0.5])
    assert ((result.activations > low) & (result.activations < high)).all()


def test_what_cannot_be_is_unreachable():
    result = ask(toys.Constant(3.0), (4.0, 5.0), n=5, futile=2)
    assert result.outcome["reason"] == "unreachable"
    assert result.outcome["best"] == {"neurons:0": 3.0}


def test_activations_that_are_no_numbers_end_it():
    result = ask(toys.Constant(float("nan")), (4.0, 5.0), n=5, futile=2, guide_above=0.1)
    assert result.outcome["reason"] == "unreachable"
    assert result.tally["nonfinite"] > 0
    assert result.tally["drawn"] < 10_000


def test_a_choice_among_draws_is_more_diverse():
    request = toys.linear([FIRST])
    all_of_them, farthest = (ask(request, (0.5, 1.5), n=60, choices=choices) for choices in (1, 4))
    spread = [
        float(torch.cdist(result.features, result.features).topk(2, largest=False).values[:, 1].mean())
        for result in (all_of_them, farthest)
    ]
    assert spread[1] > 1.005 * spread[0]


def test_a_regression_knows_a_linear_neuron():
    weights = torch.randn(2, toys.PIXELS, generator=torch.Generator().manual_seed(1))
    bundle = toys.with_pictures(toys.linear(weights), count=2000)
    problem = Problem(bundle, (Neuron("neurons", 0), Neuron("neurons", 1)), (Band(0.0, 1.0),) * 2)
    regression = Regression(bundle.statistics, coefficients(problem))
    codes = torch.randn(200, toys.PIXELS, generator=torch.Generator().manual_seed(2))
    off = (regression.predict(codes) - codes @ weights.T).std(dim=0)
    assert (off < 0.25 * (codes @ weights.T).std(dim=0)).all()
