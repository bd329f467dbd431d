"""Noiseless joint PPGN-h (Nguyen et al. 2017): a chain that follows a denoiser's prior and a class's gradient.

Its numbers were chosen for CaffeNet's fc6; codes are therefore counted in units in which they spread as those do.
It does not control the activation. Intersections are ours: the gradients of several neurons are added.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.options import option
from inverset.sampler import activation_ascent
from inverset.sampler.activation_ascent import terminate
from inverset.sampler.codes import NOISE, caffenet_unit, start_codes, starts_option
from inverset.sampler.methods.method import Method
from inverset.sampler.problem import Evaluation, Problem
from inverset.sampler.steps import NO_PARENT, Diagnostics, Emission, Tally, emit, generator, walked


@dataclass(frozen=True)
class Options(activation_ascent.Options):
    """Options of PPGN. The defaults suit a class, but for ``first``; a hidden unit has steps 100, every 10, threshold 0.98, wild true."""

    prior: float = option(1e-5, "eps1, weight of E(G(c)) - c", 0, 1)
    condition: float = option(1.0, "eps2, weight of the gradient of log p(unit | c)", 0, 1e6)
    noise: float = option(1e-17, "eps3, standard deviation of the noise", 0, 100)
    step: float = option(1.0, "first step length, a mean over entries", 1e-9, 100)
    last_step: float = option(1.0, "last step length of a chain", 1e-32, 100)
    steps: int = option(200, "steps of a chain before it restarts", 1, 100_000)
    every: int = option(5, "steps from sample to sample", 1, 10_000)
    first: int = option(
        20, "steps before a chain's first sample; published: 0, which is its start", 0, 10_000
    )
    threshold: float = option(0.0, "lowest p(unit) of a sample", 0, 1)
    clip: float = option(30.0, "upper bound of a code's entries", 1e-3, 1e6)
    starts: str = starts_option(NOISE, NOISE)
    wild: bool = option(False, "each new chain draws eps1 from 1e-6 to 1e-2")  # noqa: FBT003


class State(NamedTuple):
    """A batch of chains that started together."""

    tally: Tally
    trail: Diagnostics
    random: Tensor
    codes: Tensor  # h: (k, d)
    priors: Tensor  # eps1: (k, 1)
    last: Tensor  # (k,) int64: the newest sample of each chain; -1: none yet
    age: int  # steps since they started
    futile: int  # steps since the last sample


_WILD = (1e-6, 1e-2)


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:
    """Start k chains, by default at h0 ~ N(0, I) as published."""
    codes, priors = _starts(problem, options, k, random)
    begun = activation_ascent.begin(problem, codes, random)
    return State(begun.tally, begun.trail, begun.random, codes, priors, _no_parents(codes), age=0, futile=0)


def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """Emit the chains' codes if that is due, and move each chain once."""
    codes = state.codes.detach().requires_grad_()
    evaluation = problem.forward(codes)
    likelihoods, objective = _condition(problem, evaluation)
    (toward,) = torch.autograd.grad(objective.sum(), codes)
    with torch.no_grad():
        due = state.age >= options.first and state.age % options.every == 0
        chosen = (
            due
            & (likelihoods > options.threshold).all(1)
            & activation_ascent.acceptable(problem, options, evaluation)
        )
        emission = emit(evaluation, state.codes, chosen, state.tally.steps + 1, state.last)
        state = state._replace(last=walked(state.last, chosen, state.tally.accepted))
        state = activation_ascent.with_counts(problem, state, evaluation, emission)
        return _with_step(problem, options, state, evaluation.features, toward), emission


def _condition(problem: Problem, evaluation: Evaluation) -> tuple[Tensor, Tensor]:
    """The softmax p(unit) over its layer: (k, m), and the climbed objective: (k,).

    Its gradient is (1 - p) of the unit's own only: the released sampler drops the other units' terms of grad log p.
    """
    layers = [
        neuron.read_layer(evaluation.outputs[neuron.layer]).softmax(dim=1) for neuron in problem.neurons
    ]
    chances = [layer[:, neuron.unit] for layer, neuron in zip(layers, problem.neurons, strict=True)]
    likelihoods = torch.stack(chances, dim=1).detach()
    return likelihoods, ((1 - likelihoods) * evaluation.activations).sum(dim=1)


def _with_step(problem: Problem, options: Options, state: State, features: Tensor, toward: Tensor) -> State:
    """The state after h <- clip(h + step d / mean|d|) with d = eps1 (E(G(h)) - h) + eps2 grad + eps3 noise; or a new chain."""
    random, unit = generator(state.random), caffenet_unit(problem)
    if state.age + 1 >= options.steps:
        codes, priors = _starts(problem, options, len(state.codes), random)
        state = state._replace(codes=codes, priors=priors, last=_no_parents(codes))
        return state._replace(age=0, random=random.get_state())
    noise = options.noise * torch.randn(state.codes.shape, generator=random).to(state.codes)
    prior = state.priors * (features - state.codes) / unit
    direction = (prior + options.condition * toward * unit + noise).nan_to_num()
    step = activation_ascent.scaled_direction(
        direction, options.step, options.last_step, state.age / options.steps
    )
    codes = state.codes + unit * step
    return state._replace(
        codes=_clipped(problem, codes, options.clip * unit), age=state.age + 1, random=random.get_state()
    )


def _no_parents(codes: Tensor) -> Tensor:
    return torch.full((len(codes),), NO_PARENT, device=codes.device)


def _clipped(problem: Problem, codes: Tensor, limit: Tensor) -> Tensor:
    floor = problem.bundle.statistics.floor
    return codes.clamp(-limit if floor is None else limit.new_tensor(floor), limit)


def _starts(problem: Problem, options: Options, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """The initial codes h0 (k, d) and the weights eps1 of their priors (k, 1)."""
    codes = start_codes(problem, count, options.starts, random)
    low, high = _WILD if options.wild else (options.prior, options.prior)
    return codes, low + (high - low) * torch.rand(count, 1, generator=random).to(codes)


METHOD = Method(
    summary="PPGN-h: a Markov chain between a prior and a class. It does not control the activation.",
    default_k=10,
    needs=("inverse",),
    options=Options,
    state=State,
    init=init,
    step=step,
    terminate=terminate,
)
