"""Where codes start, as an option; and references with noise, which any sampler must beat."""

from dataclasses import replace

import pytest
import torch

from inverset.contract.question import Budget
from inverset.sampler import driver, methods, sample
from inverset.sampler.codes import Starts, draw_coordinates, to_codes
from inverset.sampler.problem import Band, Neuron, Problem, read_images
from tests.sampler import toys

WITH_STARTS = ["calibrated", "paper", "joint", "pixels", "image-distance", "code-distance", "no-diversity"]
SMALL = (2.0, 2.3)  # a few of the toy's 400 reference images


@pytest.fixture(scope="module")
def bundle():
    return toys.with_pictures(toys.linear(torch.eye(toys.PIXELS)[:1]))


def asked(bundle, low, high):
    return Problem(bundle, (Neuron("neurons", 0),), (Band(low, high),))


def first_activations(bundle, method, k=5, **given):
    """Of the first step's codes, before anything moved."""
    problem = asked(bundle, *SMALL)
    state = methods.get(method).init(
        problem, methods.options(method, given), k, torch.Generator().manual_seed(1)
    )
    codes = to_codes(problem, state.coordinates) if method == "calibrated" else state.codes
    moved = problem.in_pixels if method == "pixels" else problem
    return moved.forward(codes).activations[:, 0]


@pytest.mark.parametrize("method", [*WITH_STARTS, "ppgn", "dgn-am"])
def test_codes_start_where_they_are_asked_to(bundle, method):
    noise = {"start_noise": 0.0} if method == "calibrated" else {}
    if method == "no-diversity":
        noise = {"alike": False}
    band = first_activations(bundle, method, starts="band", **noise)
    assert ((band > SMALL[0] - 0.06) & (band < SMALL[1] + 0.06)).all()
    anywhere = first_activations(bundle, method, k=40, starts="any", **noise)
    natural = bundle.reference.read([Neuron("neurons", 0)])[:, 0]
    assert (torch.cdist(anywhere[:, None], natural[:, None]).amin(dim=1) < 0.03).all()
    assert ((anywhere > SMALL[0]) & (anywhere < SMALL[1])).float().mean() < 0.3


class Narrow:
    """A prior whose images the neuron reads as 7 and more."""

    name, dimension = "narrow", 3

    def decode(self, latents):
        return torch.cat([7 + latents[:, :1].abs(), latents.new_zeros(len(latents), toys.PIXELS - 1)], dim=1)


def test_a_prior_is_drawn_from(bundle):
    problem = asked(replace(bundle, prior=Narrow()), *SMALL)
    drawn = draw_coordinates(problem, 50, Starts(source="prior"), torch.Generator().manual_seed(0))
    assert to_codes(problem, drawn)[:, 0].min() >= 7


def test_pixels_start_as_the_generator_paints_a_draw(bundle):
    problem = asked(replace(bundle, prior=Narrow()), *SMALL).in_pixels
    drawn = draw_coordinates(problem, 50, Starts(source="prior"), torch.Generator().manual_seed(0))
    assert problem.forward(to_codes(problem, drawn)).activations.min() > 4.9, "all that 8 bits hold of 7"


def test_where_too_few_references_are_in_band_the_nearest_join_them(bundle):
    beyond = asked(bundle, 50.0, 51.0)
    drawn = draw_coordinates(beyond, 5, Starts(source="band"), torch.Generator().manual_seed(0))
    natural = bundle.reference.read([Neuron("neurons", 0)])[:, 0]
    assert to_codes(beyond, drawn)[:, 0].min() >= natural.sort().values[-5] - 1e-4


def test_a_word_that_is_no_choice_is_refused(bundle):
    with pytest.raises(methods.BadOption, match="option starts is one of prior, any, band, not 'bnad'"):
        methods.options("paper", {"starts": "bnad"})
    with pytest.raises(methods.BadOption, match="one of auto, prior, any, band, not True"):
        methods.options("calibrated", {"starts": True})
    described = methods.describe("ppgn")["options"]["starts"]
    assert described["choices"] == ["noise", "prior", "any", "band"]
    assert (described["type"], described["default"]) == ("str", "noise")


def jittered(bundle, low, high, n=30, **more):
    spec = {
        "neurons": [{"neuron": "neurons:0", "range": (low, high)}],
        "n": n,
        "method": "jittered-references",
    }
    return sample(bundle, {**spec, **more})


def test_references_with_noise_take_forward_passes_only(bundle):
    result = jittered(bundle, 0.5, 2.0, k=16)
    assert result.outcome["reason"] == "reached n"
    assert result.tally["gradient_evaluations"] == 0
    assert result.tally["forward_passes"] == 16 * result.tally["steps"]
    read, _ = read_images(bundle, [Neuron("neurons", 0)], result.images)
    assert ((read >= 0.5) & (read <= 2.0)).all()
    near = torch.cdist(result.codes, bundle.reference.codes).amin(dim=1)
    apart = torch.cdist(bundle.reference.codes, bundle.reference.codes).fill_diagonal_(torch.inf)
    assert 0 < near.mean() < 0.5 * apart.amin(dim=1).mean()
    assert len(result.codes.unique(dim=0)) == 30


def test_without_noise_they_are_the_references(bundle):
    result = jittered(bundle, 0.5, 2.0, options={"noise": 0.0})
    assert torch.cdist(result.codes, bundle.reference.codes).amin(dim=1).max() < 0.01  # rounding


def test_where_no_reference_is_in_band_nothing_is_found(bundle):
    result = jittered(bundle, 50.0, 51.0)
    assert (result.outcome["reason"], len(result.images)) == ("unreachable", 0)
    assert "no natural image is in the band" in result.outcome["detail"]
    highest = float(bundle.reference.read([Neuron("neurons", 0)]).max())
    assert result.outcome["best"]["neurons:0"] == pytest.approx(highest, abs=1.0)


def test_a_forward_pass_is_no_gradient_evaluation(bundle):
    problem = asked(bundle, 0.5, 2.0)
    budget = Budget(gradient_evaluations=23)
    *_, last = driver.answer(problem, driver.question(problem, "rejection", 10**6, k=20, budget=budget))
    tally = last.state.tally
    assert (tally.gradient_evaluations, tally.forward_passes) == (0, 60)  # .46 x 60 is the first above 23
    assert tally.evaluations == pytest.approx(27.6)
