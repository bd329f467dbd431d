"""Priors over codes: rows do not depend on how many there are, training goes on bit for bit, a mixture is found again."""

import copy
from dataclasses import replace

import pytest
import torch

from inverset.sampler import zoo
from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.priors import Flow, Gaussian, MapFlow, Mixture, kept
from inverset.sampler.priors.training import Trainer, Training

SHORT = Training(steps=12, batch=32, width=24, depth=2)
MAPS = (3, 2, 2)  # the shape of the clouds' codes, taken for maps


def statistics_of(codes):
    mean = codes.mean(dim=0)
    _, singular, axes = torch.linalg.svd(codes - mean, full_matrices=False)
    return CodeStatistics(
        mean, axes.T.contiguous(), singular / (len(codes) - 1) ** 0.5, None, norm_limit=2.0, cycle_limit=None
    )


@pytest.fixture(scope="module")
def codes():
    """Three clouds, 12 numbers each: (600, 12)."""
    random = torch.Generator().manual_seed(3)
    centres = 6 * torch.randn(3, 12, generator=random)
    return torch.cat([centre + torch.randn(200, 12, generator=random) for centre in centres])


@pytest.fixture(scope="module")
def shipped():
    return zoo.load("scenes")


@pytest.mark.parametrize("kind", kept.KINDS)
def test_a_row_does_not_depend_on_the_others(shipped, kind):
    codes, statistics = shipped.reference.codes[:400], shipped.statistics
    prior = {
        "flow": lambda: shipped.prior,
        "map flow": lambda: Trainer(codes, statistics, SHORT, (8, 8, 8)).run(),
        "mixture": lambda: Mixture.fit(codes, statistics),
        "gaussian": lambda: Gaussian(statistics),
    }[kind]()
    assert prior.name == kind
    latents = torch.randn(70, prior.dimension, generator=torch.Generator().manual_seed(0))
    whole = prior.decode(latents)
    for size in (1, 7, 64):
        assert torch.equal(torch.cat([prior.decode(some) for some in latents.split(size)]), whole)
    assert torch.equal(prior.decode(latents.flip(0)).flip(0), whole)  # nor on the place among them
    assert prior.decode(latents[:0]).shape == (0, codes.shape[1])


@pytest.mark.parametrize("kind", kept.KINDS)
def test_a_prior_comes_back_as_it_was_kept(codes, kind):
    statistics = statistics_of(codes)
    prior = {
        "flow": lambda: Trainer(codes, statistics, SHORT).run(),
        "map flow": lambda: Trainer(codes, statistics, SHORT, MAPS).run(),
        "mixture": lambda: Mixture.fit(codes, statistics),
        "gaussian": lambda: Gaussian(statistics),
    }[kind]()
    latents = torch.randn(20, prior.dimension, generator=torch.Generator().manual_seed(0))
    again = kept.restored(prior.name, statistics, kept.state(prior))
    assert torch.equal(again.decode(latents), prior.decode(latents))


def test_no_other_kind_is_restored(codes):
    with pytest.raises(ValueError, match="no prior of the kind 'vine'"):
        kept.restored("vine", statistics_of(codes), {})


@pytest.mark.parametrize("shape", [None, MAPS])
def test_a_stopped_training_goes_on_to_the_same_bits(codes, shape):
    statistics = statistics_of(codes)
    whole = Trainer(codes, statistics, SHORT, shape).run().state()
    first, state = Trainer(codes, statistics, SHORT, shape), {}

    def stop(done, total, loss):
        if done == 5:
            state.update(copy.deepcopy(first.state()))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.run(stop)
    second, steps = Trainer(codes, statistics, SHORT, shape), []
    second.load(state)
    result = second.run(lambda done, total, loss: steps.append(done)).state()
    assert steps == list(range(6, 13))
    assert all(torch.equal(result[name], value) for name, value in whole.items())


@pytest.mark.parametrize(
    ("training", "shape"),
    [
        (Training(steps=1200, batch=64, width=96, depth=3), None),
        (Training(steps=1200, batch=64, width=32, depth=1), MAPS),
    ],
)
def test_a_flow_learns_the_clouds(codes, training, shape):
    statistics = statistics_of(codes)
    flow = Trainer(codes, statistics, training, shape).run()
    assert isinstance(flow, Flow if shape is None else MapFlow)
    latents = torch.randn(600, 12, generator=torch.Generator().manual_seed(1))
    away = [torch.cdist(prior.decode(latents), codes).amin(dim=1) for prior in (flow, Gaussian(statistics))]
    natural = torch.cdist(codes, codes).kthvalue(2, dim=1).values
    assert away[0].mean() < 1.35 * natural.mean()
    assert away[1].mean() > 1.5 * natural.mean()  # most of a Gaussian lies between the clouds
    shares = torch.cdist(flow.decode(latents), codes).argmin(dim=1).div(200, rounding_mode="floor").bincount()
    assert shares.min() > 100


def test_a_flow_that_learns_from_another_needs_few_steps(codes):
    statistics = statistics_of(codes)
    training = Training(steps=1200, batch=64, width=96, depth=3)
    teacher = Trainer(codes, statistics, training).run()
    shorter = replace(training, steps=400, rate=1e-3, solver_steps=3)
    learner = Trainer(codes, statistics, shorter, teacher=teacher).run()
    latents = torch.randn(600, 12, generator=torch.Generator().manual_seed(1))
    exact = replace(teacher, steps=64).decode(latents)
    errors = [
        (flow.decode(latents) - exact).norm(dim=1).median() for flow in (learner, replace(teacher, steps=3))
    ]
    assert errors[0] < 0.7 * errors[1]
    assert kept.restored("flow", statistics, kept.state(learner)).steps == 3


def test_a_flow_of_2026_11_takes_eight_steps(codes):
    statistics = statistics_of(codes)
    state = kept.state(Trainer(codes, statistics, SHORT).run())
    del state["solver_steps"]
    assert kept.restored("flow", statistics, state).steps == 8


def test_a_known_mixture_is_found_again():
    """Two components of unequal weight: 100 codes make two."""
    random = torch.Generator().manual_seed(0)
    scales = torch.tensor([3.0, 1.0, 0.5])
    first = torch.tensor([8.0, 0.0, 0.0]) + scales * torch.randn(60, 3, generator=random)
    second = torch.tensor([-8.0, 0.0, 0.0]) + torch.randn(40, 3, generator=random)
    codes = torch.cat([first, second])
    statistics = CodeStatistics(torch.zeros(3), torch.eye(3), torch.ones(3), None, 1.0, None)
    mixture = Mixture.fit(codes, statistics)
    order = mixture.weights.argsort()
    assert torch.allclose(mixture.weights[order], torch.tensor([0.4, 0.6]), atol=0.01)
    for place, part in zip(order, (second, first), strict=True):
        factor = mixture.factors[place]
        assert torch.allclose(mixture.means[place], part.mean(dim=0), atol=0.05)
        assert torch.allclose(factor @ factor.T, torch.cov(part.T, correction=0), atol=0.05)
    drawn = mixture.decode(torch.randn(20_000, 4, generator=random))
    assert torch.allclose(drawn.mean(dim=0), codes.mean(dim=0), atol=0.15)
    assert torch.allclose(torch.cov(drawn.T), torch.cov(codes.T), rtol=0.05, atol=0.15)


def test_too_few_codes_make_no_mixture(codes):
    with pytest.raises(ValueError, match="79 codes are too few"):
        Mixture.fit(codes[:79], statistics_of(codes))


def test_the_gradient_passes_through_blocks(codes):
    prior = Gaussian(statistics_of(codes))
    latents = torch.zeros(70, prior.dimension, requires_grad=True)
    prior.decode(latents)[69, 0].backward()
    expected = prior.statistics.axes[0] * prior.statistics.scales
    assert torch.allclose(latents.grad[69], expected)
    assert not latents.grad[:69].any()
