"""DGN-AM (Nguyen et al. 2016a): gradient ascent of an activation in the generator's codes; each climb gives a sample.

Its numbers were chosen for CaffeNet's fc6; codes are therefore counted in units in which they spread as those do.
Intersections are ours: the activations of several neurons are added.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from inverset.contract.options import option
from inverset.sampler import activation_ascent
from inverset.sampler.activation_ascent import State, terminate
from inverset.sampler.codes import NOISE, caffenet_unit, start_codes, starts_option
from inverset.sampler.methods.method import Method
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Emission, generator


@dataclass(frozen=True)
class Options(activation_ascent.Options):
    """Options of DGN-AM; the defaults are the published ones."""

    steps: int = option(200, "steps of a climb", 1, 100_000)
    step: float = option(8.0, "first step length, a mean over entries", 1e-9, 1000)
    last_step: float = option(1e-10, "last step length", 1e-32, 1000)
    decay: float = option(0.99, "factor on a code at each step", 0, 1)
    bound: float = option(
        3.0, "upper bound of each entry, in standard deviations above its mean over reference codes", 0, 100
    )
    starts: str = starts_option(NOISE, NOISE)


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:
    """Start k climbs, by default at c ~ N(0, I) as published."""
    return activation_ascent.begin(problem, start_codes(problem, k, options.starts, random), random)


def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """Climb one step; at the end of the climb, emit samples and start again."""
    codes = state.codes.detach().requires_grad_()
    evaluation = problem.forward(codes)
    (toward,) = torch.autograd.grad(evaluation.activations.sum(), codes)
    with torch.no_grad():
        ended = torch.full((len(codes),), state.age >= options.steps, device=codes.device)
        emission = activation_ascent.samples(problem, options, state, evaluation, ended)
        state = activation_ascent.with_counts(problem, state, evaluation, emission)
        if state.age < options.steps:
            return state._replace(
                codes=_with_step(problem, options, state, toward), age=state.age + 1
            ), emission
        random = generator(state.random)
        fresh = start_codes(problem, len(codes), options.starts, random)
        return state._replace(codes=fresh, age=0, random=random.get_state()), emission


def _with_step(problem: Problem, options: Options, state: State, toward: Tensor) -> Tensor:
    """c <- clip(decay (c + step g / mean|g|)): (k, d). Normalising g at the image too, as published, changes nothing."""
    statistics, unit = problem.bundle.statistics, caffenet_unit(problem)
    done = state.age / options.steps
    upward = unit * activation_ascent.scaled_direction(
        toward.nan_to_num(), options.step, options.last_step, done
    )
    highest = statistics.mean + options.bound * statistics.deviations
    lowest = statistics.mean - options.bound * statistics.deviations
    if statistics.floor is not None:
        lowest = torch.full_like(highest, statistics.floor)
    return (options.decay * (state.codes + upward)).clamp(lowest, highest)


METHOD = Method(
    summary="DGN-AM: maximises the activation with a generator.",
    default_k=10,
    needs=(),
    options=Options,
    state=State,
    init=init,
    step=step,
    terminate=terminate,
)
