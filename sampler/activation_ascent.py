"""What the methods that maximise an activation share: no band, and a fixed number of steps from each start."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self, TypeVar

import torch
from torch import Tensor

from inverset.contract.options import option
from inverset.contract.outcome import UNREACHABLE
from inverset.sampler.lagrangian import in_band
from inverset.sampler.problem import Evaluation, Problem
from inverset.sampler.steps import Diagnostics, Emission, Outcome, Tally, emit, outcome


@dataclass(frozen=True)
class Options:
    """The options that all of these methods share."""

    in_band: bool = option(
        False,  # noqa: FBT003
        "keep only samples that happen to lie in the band; otherwise keep all and count those outside",
    )
    futile: int = option(
        2000, "stop after this many steps without a sample: the band is unreachable", 1, 10_000_000
    )


class State(NamedTuple):
    """A batch of codes that started together."""

    tally: Tally
    trail: Diagnostics
    random: Tensor
    codes: Tensor  # c: (k, d)
    age: int  # steps since they started
    futile: int  # steps since the last sample


class AscentState(Protocol):
    """The fields of a state that these functions need; a method's own state may have more."""

    @property
    def tally(self) -> Tally: ...
    @property
    def trail(self) -> Diagnostics: ...
    @property
    def codes(self) -> Tensor: ...
    @property
    def futile(self) -> int: ...
    def _replace(self, *, tally: Tally = ..., trail: Diagnostics = ..., futile: int = ...) -> Self: ...


S = TypeVar("S", bound=AscentState)


def begin(problem: Problem, codes: Tensor, random: torch.Generator) -> State:
    """The state before the first step."""
    return State(
        Tally(), Diagnostics.start(problem, codes.device), random.get_state(), codes, age=0, futile=0
    )


def scaled_direction(direction: Tensor, first: float, last: float, done: float) -> Tensor:
    """The direction (k, d) scaled to a mean length an entry that goes from ``first`` to ``last`` as ``done`` goes from 0 to 1."""
    length = first + (last - first) * done
    return length * direction / direction.abs().mean(dim=1, keepdim=True).clamp_min(1e-30)


def samples(
    problem: Problem, options: Options, state: AscentState, evaluation: Evaluation, chosen: Tensor
) -> Emission:
    """The samples among the chosen codes (k,) bool that are ``acceptable``."""
    return emit(
        evaluation, state.codes, chosen & acceptable(problem, options, evaluation), state.tally.steps + 1
    )


def acceptable(problem: Problem, options: Options, evaluation: Evaluation) -> Tensor:
    """Which codes may become samples: (k,) bool, finite and, with ``in_band``, in band."""
    finite = evaluation.finite()
    return finite & in_band(problem, evaluation.activations) if options.in_band else finite


def with_counts(problem: Problem, state: S, evaluation: Evaluation, emission: Emission) -> S:
    """The state with tally and diagnostics updated. A code is abandoned only if its values are not finite."""
    not_finite, nothing = ~evaluation.finite(), torch.zeros(0, 0, dtype=torch.bool, device=state.codes.device)
    lost = int(not_finite.sum())
    return state._replace(
        tally=state.tally.after(len(state.codes), len(emission.steps), lost, lost),
        trail=state.trail.after(problem, evaluation.activations.detach(), nothing),
        futile=0 if len(emission.steps) else state.futile + 1,
    )


def terminate(problem: Problem, options: Options, state: AscentState) -> Outcome | None:
    """An UNREACHABLE outcome once this many steps gave no sample."""
    if state.futile < options.futile:
        return None
    return outcome(problem, state, UNREACHABLE, f"no sample in the last {state.futile} steps")
