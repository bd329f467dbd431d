"""Gradient ascent of a neuron's activation in pixels (eq 3), with the regularisers of the literature; each climb gives a sample.

Intersections are ours: the activations of several neurons are added, each in its standard deviations where they are known.
There is no option ``starts``: climbs begin as published, at grey noise or at mean images (``facets``), and from a natural image
they would only paint over it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.options import option
from inverset.sampler import activation_ascent, naturals, regularisers
from inverset.sampler.activation_ascent import terminate
from inverset.sampler.methods.method import Method
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Diagnostics, Emission, Tally, generator


@dataclass(frozen=True)
class Options(activation_ascent.Options):
    """Options of activation maximisation. A weight or size of 0 switches a regulariser off; penalties count standard deviations."""

    steps: int = option(200, "steps of a climb", 1, 100_000)
    step: float = option(0.03, "first step length, root mean square over pixels; falls to a tenth", 1e-6, 1)
    norm: float = option(1.0, "weight of the alpha-norm", 0, 1e6)
    alpha: float = option(6.0, "its power", 1, 20)
    variation: float = option(2.0, "weight of the total variation", 0, 1e6)
    beta: float = option(1.0, "its power", 0.5, 4)
    blur: float = option(0.5, "Gaussian blur in pixels ...", 0, 20)
    blur_every: int = option(8, "... after each so many steps", 1, 10_000)
    jitter: int = option(3, "largest shift in pixels, drawn at each step", 0, 1000)
    centre: float = option(
        0.0,
        "first width of the Gaussian that limits changes to the centre, in image heights; grows to 1",
        0,
        10,
    )
    facets: int = option(
        0,
        "number of clusters of the most activating natural images whose means are starts; 0: grey noise",
        0,
        100,
    )
    patches: float = option(0.0, "weight of the distance to natural patches", 0, 1e6)
    patch_side: int = option(8, "their side in pixels", 2, 64)


class State(NamedTuple):
    """A batch of climbs that started together."""

    tally: Tally
    trail: Diagnostics
    random: Tensor
    codes: Tensor  # pixels: (k, 3 h w) in [0, 1]
    means: Tensor  # mean images that climbs start from: (facets, 3 h w)
    natural: Tensor  # patches to resemble: (p, 3 side side)
    age: int  # steps since they started
    futile: int  # steps since the last sample


_GREY, _NOISE = (
    0.5,
    0.05,
)  # of a start: the pixels' mean where no image gives it, and their standard deviation about it
_LAST_STEP = 0.1  # in first steps


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:
    """Start k climbs from grey noise or mean images.

    Raises:
        ProblemError: facets or patches are requested, and the model has no reference images.
    """
    like = problem.in_pixels.bundle.statistics.mean
    means = natural = like.new_zeros(0, len(like))
    if options.facets:
        means = naturals.mean_images(problem, options.facets).to(like)
    if options.patches:
        natural = naturals.patches(problem, options.patch_side).to(like)
    codes = _starts(means, k, random)
    begun = activation_ascent.begin(problem, codes, random)
    return State(begun.tally, begun.trail, begun.random, codes, means, natural, age=0, futile=0)


def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """Climb one step; at the end of the climb, emit samples and start again."""
    canvas, random, ended = problem.in_pixels, generator(state.random), state.age >= options.steps
    pixels = state.codes.detach().requires_grad_()
    images = canvas.bundle.generator(pixels)
    moved = images if ended else _shaken(images, options.jitter, random)
    evaluation = canvas.forward(moved.flatten(1))
    climbed = (evaluation.activations / problem.deviations.to(evaluation.activations)).sum(dim=1)
    objective = climbed - _penalty(options, state, images)
    (toward,) = torch.autograd.grad(objective.sum(), images)
    with torch.no_grad():
        chosen = torch.full((len(pixels),), ended, device=pixels.device)
        emission = activation_ascent.samples(problem, options, state, evaluation, chosen)
        state = activation_ascent.with_counts(problem, state, evaluation, emission)
        if ended:
            codes, age = _starts(state.means, len(pixels), random), 0
        else:
            codes, age = _raised(options, state.age, images, toward).flatten(1), state.age + 1
        state = state._replace(codes=codes, age=age, random=random.get_state())
        return state, emission._replace(codes=emission.codes[:, :0])


def _starts(means: Tensor, count: int, random: torch.Generator) -> Tensor:
    """Grey images, or random mean images, with a little noise: (count, 3 h w)."""
    noise = _NOISE * torch.randn(count, means.shape[1], generator=random).to(means)
    if not len(means):
        return (_GREY + noise).clamp(0, 1)
    return (means[torch.randint(len(means), (count,), generator=random)] + noise).clamp(0, 1)


def _shaken(images: Tensor, jitter: int, random: torch.Generator) -> Tensor:
    down, right = torch.randint(-jitter, jitter + 1, (2,), generator=random).tolist()
    return regularisers.shifted(images, down, right)


def _penalty(options: Options, state: State, images: Tensor) -> Tensor:
    """The negative regulariser -R of eq 3: (k,)."""
    penalty = images.new_zeros(len(images))
    if options.norm:
        penalty = penalty + options.norm * regularisers.alpha_norm(images, options.alpha)
    if options.variation:
        penalty = penalty + options.variation * regularisers.total_variation(images, options.beta)
    if options.patches:
        apart = regularisers.patch_distance(images, state.natural, options.patch_side)
        penalty = penalty + options.patches * apart
    return penalty


def _raised(options: Options, age: int, images: Tensor, toward: Tensor) -> Tensor:
    """The images after one step of fixed length along the gradient, blurred if the blur is due."""
    done = age / options.steps
    if options.centre:
        width = options.centre + (1 - options.centre) * done
        toward = toward * regularisers.centre_mask(images, width)
    toward = toward.nan_to_num()
    steepness = toward.square().mean(dim=(1, 2, 3), keepdim=True).sqrt().clamp_min(1e-20)
    length = options.step * (1 + (_LAST_STEP - 1) * done)
    images = (images + length * toward / steepness).clamp(0, 1)
    if options.blur and (age + 1) % options.blur_every == 0:
        return regularisers.blurred(images, options.blur)
    return images


METHOD = Method(
    summary="Maximises the activation by changing pixels, with seven regularisers to choose from.",
    default_k=10,
    needs=(),
    options=Options,
    state=State,
    init=init,
    step=step,
    terminate=terminate,
)
