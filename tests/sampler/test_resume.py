"""Same samples, bit for bit, whether run at once or stopped, stored and resumed."""

from itertools import pairwise

import pytest
import torch

from inverset.sampler import checkpoint, driver, methods, zoo
from inverset.sampler.problem import Band, Neuron, Problem, read_images
from tests.sampler import toys


@pytest.fixture(scope="module")
def problem():
    bundle = zoo.load("scenes")
    quantiles = bundle.catalogue["neurons"]["fc8:volcano"]["quantiles"]
    neuron = Neuron.parse("fc8:volcano", bundle)
    return Problem(bundle, (neuron,), (Band(quantiles["0.93"], quantiles["0.97"]),))


@pytest.mark.parametrize("stop", [1, 5, 9])
def test_a_resumed_run_gives_the_same_samples(problem, stop):
    question = driver.question(problem, "calibrated", 12, k=6, seed=3)
    whole = list(driver.answer(problem, question))
    state = checkpoint.load("calibrated", checkpoint.dump(whole[stop - 1].state))
    rest = list(driver.answer(problem, question, state))
    for one, other in zip(whole[stop:], rest, strict=True):
        assert all(map(torch.equal, one.emission, other.emission))


QUICK = {"steps": 6}
VARIED = [  # every method is also tried as it is, unless that takes too long
    ("conditional", {"pilot": 20}),
    ("conditional", {"pilot": 20, "choices": 2, "clean": False}),
    ("conditional", {"pilot": 20, "guide_above": 0.01}),
    ("counterfactual", {"starts": "any", "metric": 1.0}),
    ("paper", {"literal": True}),
    ("paper", {"alike": True, "solved": True, "round_steps": 10}),
    ("joint", {"round_steps": 10, "ending": 3}),
    ("ppgn", {**QUICK, "first": 2, "every": 2, "wild": True, "noise": 0.1}),
    ("dgn-am", QUICK),
    ("activation-maximization", QUICK),
    ("calibrated", {"starts": "prior"}),
    ("calibrated", {"starts": "band"}),
    ("paper", {"starts": "prior"}),
    ("paper", {"starts": "band"}),
    ("ppgn", {**QUICK, "starts": "band"}),
    ("dgn-am", {**QUICK, "starts": "any"}),
]
SLOW = {"conditional", "joint", "ppgn", "dgn-am", "activation-maximization"}
WAYS = [*((method, {}) for method in methods.names() if method not in SLOW), *VARIED]


@pytest.mark.parametrize(("method", "given"), WAYS)
def test_every_step_is_a_place_to_stop(method, given):
    neurons = toys.linear(torch.eye(toys.PIXELS)[:2])
    bundle = toys.with_pictures(neurons)
    asked = tuple(Neuron("neurons", unit) for unit in range(2))
    small = Problem(bundle, asked, (Band(0.5, 2.0), Band(-2.0, -0.5)))
    question = driver.question(small, method, 25, k=5, seed=3, options=given)
    steps = list(driver.answer(small, question))
    for before, after in pairwise(
        steps
    ):  # each step from the one before it: so any way of stopping gives the same
        state = checkpoint.load(method, checkpoint.dump(before.state))
        again = next(driver.answer(small, question, state))
        assert all(map(torch.equal, again.emission, after.emission))
        assert _timeless(again.state) == _timeless(after.state)


def _timeless(state):
    """All of a state but the clock, as bytes."""
    return checkpoint.dump(state._replace(tally=state.tally._replace(seconds=0.0)))


def test_every_sample_reloaded_is_in_its_band(problem):
    steps = list(driver.answer(problem, driver.question(problem, "calibrated", 6, k=6)))
    assert steps[-1].outcome.reason == "reached n"
    images = torch.cat([step.emission.images for step in steps])
    activations, _ = read_images(problem.bundle, problem.neurons, images)
    band = problem.bands[0]
    assert len(images) == 6
    assert ((activations >= band.low) & (activations <= band.high)).all()
