"""Draws codes from the code statistics and keeps those in band, as a baseline of chance. It costs forward passes only."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.options import option
from inverset.contract.outcome import UNREACHABLE
from inverset.sampler.codes import to_codes
from inverset.sampler.lagrangian import band_constraints, in_band
from inverset.sampler.methods.method import Method
from inverset.sampler.problem import Problem
from inverset.sampler.steps import Diagnostics, Emission, Outcome, Tally, emit, generator, outcome


@dataclass(frozen=True)
class Options:
    """Options of the rejection method."""

    futile: int = option(
        20_000, "stop after this many draws without a sample: the band is unreachable", 1, 10_000_000
    )


class State(NamedTuple):
    """Counts only: each draw is new."""

    tally: Tally
    trail: Diagnostics
    random: Tensor
    batch: int  # k
    futile: int  # draws since the last sample


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:  # noqa: ARG001
    """The initial state: nothing is drawn yet."""
    trail = Diagnostics.start(problem, problem.bundle.statistics.mean.device)
    return State(Tally(), trail, random.get_state(), k, futile=0)


@torch.no_grad()
def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:  # noqa: ARG001
    """Draw k codes z ~ N(0, I); those in band are samples."""
    random, statistics = generator(state.random), problem.bundle.statistics
    drawn = torch.randn(state.batch, len(statistics.scales), generator=random).to(statistics.mean)
    codes = to_codes(problem, drawn)
    evaluation = problem.forward(codes)
    sound = evaluation.finite()
    kept = in_band(problem, evaluation.activations) & sound
    emission = emit(evaluation, codes, kept, state.tally.steps + 1)
    emitted, failed = len(emission.steps), int((~kept).sum())
    violated = band_constraints(problem, evaluation.activations)[~kept] > 0
    state = state._replace(
        tally=state.tally.after(state.batch, emitted, failed, int((~sound).sum()), forward=True),
        trail=state.trail.after(problem, evaluation.activations, violated),
        random=random.get_state(),
        futile=0 if emitted else state.futile + state.batch,
    )
    return state, emission


def terminate(problem: Problem, options: Options, state: State) -> Outcome | None:
    """An UNREACHABLE outcome after this many draws without a sample."""
    if state.futile < options.futile:
        return None
    return outcome(problem, state, UNREACHABLE, f"none of the last {state.futile} draws was in the band")


METHOD = Method(
    summary="Draws random images and keeps those in the band.",
    default_k=100,
    needs=("band",),
    options=Options,
    state=State,
    init=init,
    step=step,
    terminate=terminate,
)
