"""What holds of every method, and the arithmetic of those that have a published one."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from inverset.sampler import driver, methods, sample, zoo
from inverset.sampler.problem import Band, Neuron, Problem, ProblemError, read_images
from tests.sampler import toys

FREE = ["activation-maximization", "dgn-am", "ppgn"]
EASY, BAND = "conv5:3", (-1.5, 1.5)  # about half of all natural images: seeds are found at once
# Small enough for every method to end in seconds.
QUICK = {
    **{
        name: {"round_steps": 10}
        for name in ("paper", "pixels", "image-distance", "code-distance", "no-diversity")
    },
    "joint": {"round_steps": 10, "ending": 3},
    "ppgn": {"first": 0},
    "dgn-am": {"steps": 10},
    "activation-maximization": {"steps": 10},
}


@pytest.fixture(scope="module")
def scenes():
    return zoo.load("scenes")


def ask(bundle, method, neuron=EASY, band=BAND, n=4, k=4, **options):
    spec = {"neurons": [{"neuron": neuron, "range": band}], "n": n, "k": k, "method": method}
    return sample(bundle, {**spec, "options": {**QUICK.get(method, {}), **options}})


@pytest.mark.parametrize("method", methods.names())
def test_every_method_says_truly_what_its_pictures_hold(scenes, method):
    result = ask(scenes, method)
    assert result.outcome["reason"] == "reached n"
    read, _ = read_images(scenes, [Neuron.parse(EASY, scenes)], result.images)
    assert torch.allclose(read, result.activations, rtol=1e-4, atol=1e-4)
    rate = result.evidence["samples"]["in_band_rate"]
    assert rate == ((read >= BAND[0]) & (read <= BAND[1])).double().mean()
    if method not in FREE:
        assert rate == 1


@pytest.mark.parametrize("method", methods.names())
def test_only_methods_that_hold_no_band_do_without_one(scenes, method):
    if method in FREE:
        result = ask(scenes, method, band=None, n=3, k=3)
        assert result.ranges == [None]
        assert result.evidence["samples"]["in_band_rate"] is None
        assert "You gave no band" in result.evidence["verdict"][0]
    else:
        with pytest.raises(ProblemError, match=f"{method} keeps {EASY} in a range; give one"):
            ask(scenes, method, band=None)


@pytest.mark.parametrize("method", FREE)
def test_what_lies_out_of_band_can_be_left_out(scenes, method):
    options = {"in_band": True, "futile": 25}
    result = ask(scenes, method, band=(-40.0, 40.0), n=3, k=3, **options)
    assert len(result.images) == 3
    result = ask(scenes, method, band=(500.0, 501.0), n=3, k=3, **options)
    assert (result.outcome["reason"], len(result.images)) == ("unreachable", 0)


def test_a_method_says_what_it_misses_in_a_model():
    bundle = toys.bundle(toys.linear(torch.eye(toys.PIXELS)[:1]))
    assert methods.lacking("reference", bundle) == "reference needs natural images, and toy has none"
    assert methods.lacking("calibrated", bundle) is None
    with pytest.raises(ProblemError, match="natural images"):
        ask(bundle, "reference", neuron="neurons:0")
    for option in ("facets", "patches"):
        with pytest.raises(ProblemError, match="facets and patches need them"):
            ask(bundle, "activation-maximization", neuron="neurons:0", **{option: 2})


def test_pixels_have_no_codes(scenes):
    result = ask(scenes, "pixels")
    assert result.codes.shape == (4, 0)
    assert result.evidence["codes"] == {"norm": None, "cycle": None}


def test_equal_starts_without_diversity_stay_alike(scenes):
    alike = ask(scenes, "no-diversity").evidence["samples"]["mpd"]
    assert alike < 0.2 * ask(scenes, "paper", alike=True).evidence["samples"]["mpd"]


def test_joint_goes_on_after_its_codes_are_feasible(scenes):
    begun, solved = ask(scenes, "joint", solved=False), ask(scenes, "joint")
    assert solved.tally["steps"] > begun.tally["steps"]
    assert len(solved.steps.unique()) == 1, "all are found at once"


def test_references_are_handed_out_once(scenes):
    result = ask(scenes, "reference", band=(0.0, 0.03), n=1000, k=30)
    assert result.outcome["reason"] == "unreachable"
    assert f"there are only {len(result.images)} natural images in the band" in result.outcome["detail"]
    assert len(result.images.flatten(1).unique(dim=0)) == len(result.images) > 30
    assert result.tally["gradient_evaluations"] == 0


def test_rejection_gives_up_where_nothing_falls(scenes):
    result = ask(scenes, "rejection", band=(500.0, 501.0), futile=24)
    assert (result.outcome["reason"], result.tally["given_up"]) == ("unreachable", 24)


class _Softened(nn.Module):
    """Three neurons, so that a softmax over them has something to weigh."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = toys.linear(
            0.2 * torch.randn(3, toys.PIXELS, generator=torch.Generator().manual_seed(1))
        )

    def forward(self, codes):
        return self.linear(codes)


def test_a_step_of_ppgn_is_the_published_one():
    bundle = _precise(toys.bundle(_Softened()))
    problem = Problem(bundle, (Neuron("neurons", 1),), (Band.of(None),))
    options = {"prior": 0.01, "noise": 0.0, "last_step": 0.5, "steps": 7}
    steps = driver.answer(problem, driver.question(problem, "ppgn", 10**6, k=4, seed=5, options=options))
    unit = 1 / 3.74  # the toy's codes have a standard deviation of 1
    before = next(steps).state
    for _ in range(5):
        after = next(steps).state
        h = before.codes.numpy().astype(np.float64)
        expected = _published(h / unit, before.age, bundle, unit) * unit
        assert np.abs(after.codes.numpy() - expected).max() < 1e-5
        before = after


def _precise(bundle):
    """The same in 64 bits: a mean over few entries and 1 - p of a sure unit lose digits."""
    held = bundle.statistics
    statistics = replace(held, mean=held.mean.double(), axes=held.axes.double(), scales=held.scales.double())
    return replace(bundle, network=bundle.network.double(), statistics=statistics)


def _published(h, at, bundle, unit):
    """One pass of the released sampler, in its own units, for G the painter, E its inverse and C three linear neurons."""
    eps1, eps2, first, last, steps, clip = 0.01, 1.0, 1.0, 0.5, 7, 30.0
    weights = bundle.network.neurons.linear.weight.numpy().astype(np.float64)
    image = np.round(np.clip(0.5 + 0.1 * h * unit, 0, 1) * 255) / 255
    encoded = (image - 0.5) / 0.1 / unit
    activations = encoded * unit @ weights.T
    p = np.exp(activations - activations.max(axis=1, keepdims=True))
    p = (p / p.sum(axis=1, keepdims=True))[:, 1:2]
    toward = (1 - p) * weights[1] * unit
    d = eps1 * (encoded - h) + eps2 * toward
    length = first + (last - first) * at / steps
    return np.clip(h + length / np.abs(d).mean(axis=1, keepdims=True) * d, -clip, clip)


def test_a_step_of_dgn_am_is_the_published_one():
    weights = torch.randn(1, toys.PIXELS, generator=torch.Generator().manual_seed(1))
    bundle = toys.bundle(toys.linear(weights))
    problem = Problem(bundle, (Neuron("neurons", 0),), (Band.of(None),))
    steps = driver.answer(problem, driver.question(problem, "dgn-am", 4, k=2))
    before, after = next(steps).state, next(steps).state
    unit, g = 1 / 3.74, weights.double()
    length = 8.0 + (1e-10 - 8.0) * before.age / 200
    moved = 0.99 * (before.codes.double() + unit * length * g / g.abs().mean())
    assert torch.allclose(after.codes.double(), moved.clamp(-3, 3), atol=1e-5)
