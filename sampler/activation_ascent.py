"""What methods that only climb have in common: no band, a fixed number of steps, then other starts."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self, TypeVar

import torch
from torch import Tensor

from sampler.lagrangian import in_band
from sampler.option import option
from sampler.problem import Evaluation, Problem
from sampler.steps import UNREACHABLE, Emission, Outcome, Tally, Trail, emit, outcome


@dataclass(frozen=True)
class Options:
    """What may be set of any of them."""

    in_band: bool = option(
        False,  # noqa: FBT003
        "keep only samples that happen to lie in band; else all are kept, and those out of band are counted",
    )
    futile: int = option(2000, "steps without a sample that mean: unreachable", 1, 10_000_000)


class State(NamedTuple):
    """Codes that all started at once."""

    tally: Tally
    trail: Trail
    random: Tensor
    codes: Tensor  # c: (k, d)
    age: int  # steps since they started
    futile: int  # steps since the last sample


class Climbing(Protocol):
    """What is asked of a state here; a method's own may hold more."""

    @property
    def tally(self) -> Tally: ...
    @property
    def trail(self) -> Trail: ...
    @property
    def codes(self) -> Tensor: ...
    @property
    def futile(self) -> int: ...
    def _replace(self, *, tally: Tally = ..., trail: Trail = ..., futile: int = ...) -> Self: ...


S = TypeVar("S", bound=Climbing)


def begin(problem: Problem, codes: Tensor, random: torch.Generator) -> State:
    """At the start of the first climb."""
    return State(Tally(), Trail.start(problem, codes.device), random.get_state(), codes, age=0, futile=0)


def stride(direction: Tensor, first: float, last: float, done: float) -> Tensor:
    """The direction (k, d) scaled to a mean length an entry that goes from ``first`` to ``last`` as ``done`` goes from 0 to 1."""
    length = first + (last - first) * done
    return length * direction / direction.abs().mean(dim=1, keepdim=True).clamp_min(1e-30)


def samples(
    problem: Problem, options: Options, state: Climbing, seen: Evaluation, wanted: Tensor
) -> Emission:
    """Make samples of the wanted codes (k,) bool, as far as they are ``fit``."""
    return emit(seen, state.codes, wanted & fit(problem, options, seen), state.tally.steps + 1)


def fit(problem: Problem, options: Options, seen: Evaluation) -> Tensor:
    """Which codes may be samples (k,) bool: those that are sound and, if asked for, in band."""
    sound = seen.finite()
    return sound & in_band(problem, seen.activations) if options.in_band else sound


def counted(problem: Problem, state: S, seen: Evaluation, emission: Emission) -> S:
    """The books after a step; nothing is given up for its activation, only for not being a number."""
    unsound, nothing = ~seen.finite(), torch.zeros(0, 0, dtype=torch.bool, device=state.codes.device)
    lost = int(unsound.sum())
    return state._replace(
        tally=state.tally.after(len(state.codes), len(emission.steps), lost, lost),
        trail=state.trail.after(problem, seen.activations.detach(), nothing),
        futile=0 if len(emission.steps) else state.futile + 1,
    )


def terminate(problem: Problem, options: Options, state: Climbing) -> Outcome | None:
    """Unreachable when no sample came for so many steps."""
    if state.futile < options.futile:
        return None
    return outcome(problem, state, UNREACHABLE, f"no sample in the last {state.futile} steps")
