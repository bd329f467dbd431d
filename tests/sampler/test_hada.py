"""The paper's solver beside its equations, written down once more and compared step by step; and what its mu is worth."""

from dataclasses import replace

import pytest
import torch

from inverset.sampler import driver, methods, zoo
from inverset.sampler.bundle import Encoder
from inverset.sampler.methods.hada.scale import penalty_unit
from inverset.sampler.problem import Band, Neuron, Problem
from tests.sampler import toys

K, LOW, HIGH = 4, 1.0, 2.0
WEIGHTS = torch.eye(toys.PIXELS)[:1] * 2 + 0.1


def asked(bundle, low=LOW, high=HIGH):
    return Problem(bundle, (Neuron("neurons", 0),), (Band(low, high),))


def run(problem, count, method="paper", **given):
    options = {"round_steps": 10, **given}
    steps = driver.answer(problem, driver.question(problem, method, 10**6, k=K, seed=3, options=options))
    return [step for step, _ in zip(steps, range(count), strict=False)]


class Letter:
    """Eqs 8 to 11 and the steps of section 3.4, with f counted so that a band is ten wide; what became of each step's codes."""

    def __init__(self, problem, penalty):
        self.problem, self.mu = problem, penalty
        self.multipliers = self.slacks = torch.zeros(K, 1)
        self.newest = None  # C0 in E: none while seeds are sought
        self.inner = 0

    def direction(self, codes):
        """Minus the gradient at these codes (k, d), and which of them are samples: (k,) bool."""
        codes = codes.clone().requires_grad_()
        seen = self.problem.forward(codes)
        inside = (seen.activations >= LOW).all(dim=1)  # z2 - f <= eps
        self._replace(seen.features.detach(), inside)
        room = (seen.activations - (HIGH + LOW) / 2) * 10 / (HIGH - LOW)  # eps0 - z2 + f
        if self.newest is not None or self.inner == 0:
            self.slacks = (room - self.multipliers / self.mu).relu().detach()
        loss = -sum((one - other).square().sum() for one in seen.features for other in seen.features)
        if self.newest is not None:
            loss = loss - sum((one - old).square().sum() for one in seen.features for old in self.newest)
        loss = loss - (self.multipliers * (room - self.slacks)).sum()
        loss = loss + self.mu / 2 * (room - self.slacks).square().sum()
        (gradient,) = torch.autograd.grad(loss, codes)
        if self.newest is None:
            self._next(room.detach())
        return -gradient, inside if self.newest is not None else torch.zeros_like(inside)

    def _replace(self, features, inside):
        if self.newest is None and inside.all():
            self.newest = features.clone()
        elif self.newest is not None:
            self.newest[inside] = features[inside]

    def _next(self, room):
        self.inner = (self.inner + 1) % 10
        if self.inner == 0:
            self.multipliers = (self.multipliers - self.mu * room).relu()
            self.mu = self.mu * 10


def test_every_step_is_that_of_the_equations():
    problem = asked(toys.bundle(toys.linear(WEIGHTS)))
    steps = run(problem, 60, literal=True, longest=0.2, shortest=0.02)
    letter = Letter(problem, 10 * steps[0].state.unit)
    codes = (
        methods.get("paper")
        .init(problem, methods.options("paper", {}), K, torch.Generator().manual_seed(3))
        .codes
    )
    walked = 0
    for step in steps:
        direction, samples = letter.direction(codes)
        moved = step.state.codes - codes
        assert torch.cosine_similarity(moved, direction, dim=1).min() > 1 - 1e-5
        assert torch.allclose(step.state.penalty, letter.mu)
        assert len(step.emission.steps) == samples.sum()
        assert torch.equal(step.emission.codes, codes[samples])
        walked += int(samples.any())
        codes = step.state.codes
    assert 10 < walked < 55, "both the seeds and the walk were looked at"


def test_samples_to_the_letter_begin_at_the_band_s_lower_end():
    problem = asked(toys.bundle(toys.linear(WEIGHTS)))
    result = torch.cat(
        [step.emission.activations for step in run(problem, 200, literal=True, longest=0.2, acceptance=0.5)]
    )
    assert result.min() >= LOW
    assert ((result > LOW) & (result < (LOW + HIGH) / 2)).any(), (
        "the middle is what is aimed at, not what is accepted"
    )
    assert (result > HIGH).any(), "there is no upper bound"


class Louder(torch.nn.Module):
    """E whose features are so many times larger."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, images):
        return (images.flatten(1) - 0.5) * 10 * self.factor


def louder(factor):
    """The toy with features, and with its neuron and the band, so many times larger."""
    bundle = toys.bundle(toys.linear(WEIGHTS * factor))
    encoder = Encoder(torch.nn.Sequential(Louder(factor)), lambda images: images, "0")
    return asked(replace(bundle, encoder=encoder), LOW * factor, HIGH * factor)


@pytest.mark.parametrize("literal", [True, False])
def test_steps_do_not_depend_on_the_units_of_features_and_neurons(literal):
    one, other = (run(louder(factor), 60, literal=literal)[-1].state for factor in (1, 8))
    assert one.walking
    assert torch.allclose(other.codes, one.codes, atol=1e-4)
    assert torch.allclose(other.penalty, one.penalty * 64, rtol=1e-5)


def test_a_penalty_is_counted_in_the_distances_of_natural_images():
    bundle = zoo.load("scenes")
    problem = Problem(bundle, (Neuron.parse("fc8:volcano", bundle),), (Band(1.0, 2.0),))
    codes = bundle.reference.codes[::10]
    apart = float(torch.cdist(codes, codes).square().sum() / (len(codes) * (len(codes) - 1)))
    features, passes = penalty_unit(problem, "features", 20)
    assert float(features) == pytest.approx(2 * apart / 114_600, rel=0.03)
    assert passes == 0
    assert float(penalty_unit(problem, "features", 10)[0]) == pytest.approx(float(features) / 2)
    assert float(penalty_unit(problem, "codes", 20)[0]) == pytest.approx(float(features), rel=0.05)
    images = bundle.reference.images(range(0, 10_000, 20)).flatten(1).double() / 255
    apart = float(2 * images.var(dim=0).sum())
    assert float(penalty_unit(problem, "images", 20)[0]) == pytest.approx(2 * apart / 114_600, rel=0.15)
    assert float(penalty_unit(problem, None, 20)[0]) == 1


def test_draws_say_what_a_penalty_is_worth_where_there_are_no_natural_images():
    problem = asked(toys.bundle(toys.linear(WEIGHTS)))
    value, passes = penalty_unit(problem, "features", K)
    assert float(value) == pytest.approx(K * 2 * toys.PIXELS / 1_146_000, rel=0.2)
    assert passes == 200
    assert run(problem, 1)[0].state.tally.forward_passes == passes
