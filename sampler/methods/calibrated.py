"""Diverse samples by an augmented Lagrangian: both bounds with a margin, codes kept where G was trained, a rolling batch.

The paper's idea (eq 6: maximise diversity under f in the band) with three repairs: steps in the codes' natural metric,
"x is a valid input" as constraints on norm and cycle error, and a repulsion that punishes duplicates.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.options import option
from inverset.contract.outcome import UNREACHABLE
from inverset.sampler.codes import AUTO, Starts, draw_coordinates, starts_option, to_codes
from inverset.sampler.diversity import mean_log_squared_distance
from inverset.sampler.lagrangian import (
    augmented_lagrangian,
    band_constraints,
    constraint_names,
    in_band,
    next_multipliers,
    validity_constraints,
)
from inverset.sampler.methods.method import Method
from inverset.sampler.problem import Evaluation, Problem
from inverset.sampler.steps import Diagnostics, Emission, Outcome, Tally, emit, generator, outcome


@dataclass(frozen=True)
class Options:
    """Options of the calibrated method; the defaults suit any model."""

    step: float = option(
        0.08, "step length along each axis, in standard deviations of reference codes", 1e-4, 10
    )
    margin: float = option(
        0.15, "share of the half width by which the band is shrunk at each side while moving", 0, 0.9
    )
    repulsion: float = option(0.6, "weight of the mean log squared distance to the other samples", 0, 100)
    archive: int = option(300, "number of accepted samples that new ones keep away from", 0, 10_000)
    settle: int = option(3, "steps before a code may become a sample", 1, 1000)
    patience: int = option(80, "steps after which an attempt is given up", 2, 10_000)
    penalty: float = option(
        5.0, "first penalty of a code's constraints; it doubles with each multiplier update", 1e-3, 1e6
    )
    penalty_limit: float = option(100.0, "largest penalty", 1e-3, 1e9)
    update: int = option(10, "steps between multiplier updates", 1, 1000)
    starts: str = starts_option(AUTO, AUTO)
    start_share: float = option(
        0.01,
        "auto: codes start from natural images in the band, or this share of all if that is more",
        1e-4,
        1,
    )
    start_noise: float = option(0.2, "standard deviation of the noise on a natural image's code", 0, 10)
    scatter: float = option(
        1.0,
        "auto: share of codes that start from any natural image if none is in the band; falls to none at 50 in the band",
        0,
        1,
    )
    futile: int = option(8, "stop after this many batches without a sample: the band is unreachable", 1, 1000)

    @property
    def drawn(self) -> Starts:
        """The distribution of starting codes."""
        return Starts(self.start_share, self.start_noise, self.scatter, self.starts)


class State(NamedTuple):
    """The codes, each with its own age, multipliers, penalty and moments."""

    tally: Tally
    trail: Diagnostics
    random: Tensor  # the generator's state
    coordinates: Tensor  # z: (k, m)
    first: Tensor  # (k, m) first moment of the gradient
    second: Tensor  # (k,) second moment, one a code: directions keep their relative lengths
    ages: Tensor  # (k,) int64: steps since the start
    multipliers: Tensor  # lambda: (k, q)
    penalties: Tensor  # mu: (k, 1)
    archive: Tensor  # (a, e) features of accepted samples, the oldest overwritten first
    futile: int  # codes abandoned since the last sample


_DECAY = (0.8, 0.95)  # of the moments
_REST = 0.03  # gradients smaller than this move a code by less than a full step: it comes to rest


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:
    """Start k codes."""
    coordinates = draw_coordinates(problem, k, options.drawn, random)
    device, columns = coordinates.device, len(constraint_names(problem))
    return State(
        tally=Tally(),
        trail=Diagnostics.start(problem, device),
        random=random.get_state(),
        coordinates=coordinates,
        first=torch.zeros_like(coordinates),
        second=coordinates.new_zeros(k),
        ages=torch.zeros(k, dtype=torch.int64, device=device),
        multipliers=coordinates.new_zeros(k, columns),
        penalties=coordinates.new_full((k, 1), options.penalty),
        archive=coordinates.new_zeros(0, problem.feature_count),
        futile=0,
    )


def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """Evaluate and move every code once; emit those that have settled, and replace those that ended."""
    coordinates = state.coordinates.detach().requires_grad_()
    codes = to_codes(problem, coordinates)
    evaluation = problem.forward(codes)
    validity = validity_constraints(problem, coordinates, evaluation)
    constraints = torch.cat(
        [band_constraints(problem, evaluation.activations, options.margin), validity], dim=1
    )
    sound = evaluation.finite()
    features = torch.where(sound[:, None], evaluation.features, 0)
    repulsion = mean_log_squared_distance(features, state.archive)
    loss = (
        augmented_lagrangian(constraints, state.multipliers, state.penalties).sum()
        - options.repulsion * repulsion.sum()
    )
    (gradient,) = torch.autograd.grad(loss, coordinates)
    with torch.no_grad():
        sound = sound & gradient.isfinite().all(dim=1)
        settled = _settled(problem, options, state, evaluation, validity) & sound
        failed = ~settled & ((state.ages + 1 >= options.patience) | ~sound)
        emission = emit(evaluation, codes, settled, state.tally.steps + 1)
        violated = torch.cat([band_constraints(problem, evaluation.activations), validity], dim=1)[failed] > 0
        state = _with_step(options, state, gradient.nan_to_num(), constraints.nan_to_num())
        state = _with_restarts(problem, options, state, settled | failed)
        return _with_counts(problem, options, state, emission, evaluation, violated, ~sound), emission


def terminate(problem: Problem, options: Options, state: State) -> Outcome | None:
    """An UNREACHABLE outcome once several whole batches were abandoned with no sample between them."""
    if state.futile < options.futile * len(state.ages):
        return None
    detail = f"the last {state.futile} attempts gave no sample"
    return outcome(problem, state, UNREACHABLE, detail)


def _settled(
    problem: Problem, options: Options, state: State, evaluation: Evaluation, validity: Tensor
) -> Tensor:
    feasible = in_band(problem, evaluation.activations) & (validity <= 0).all(dim=1)
    return feasible & (state.ages >= options.settle)


def _with_step(options: Options, state: State, gradient: Tensor, constraints: Tensor) -> State:
    """The state after a gradient step of every code, and a multiplier update of those whose update is due."""
    ages = state.ages + 1
    first = _DECAY[0] * state.first + (1 - _DECAY[0]) * gradient
    second = _DECAY[1] * state.second + (1 - _DECAY[1]) * gradient.square().mean(dim=1)
    scale = (second / (1 - _DECAY[1] ** ages)).sqrt().clamp_min(_REST) * (1 - _DECAY[0] ** ages)
    due = (ages % options.update == 0)[:, None]
    multipliers = torch.where(
        due, next_multipliers(constraints, state.multipliers, state.penalties), state.multipliers
    )
    penalties = torch.where(due, (2 * state.penalties).clamp_max(options.penalty_limit), state.penalties)
    return state._replace(
        coordinates=state.coordinates - options.step * first / scale[:, None],
        first=first,
        second=second,
        ages=ages,
        multipliers=multipliers,
        penalties=penalties,
    )


def _with_restarts(problem: Problem, options: Options, state: State, ended: Tensor) -> State:
    """The state with fresh codes in place of those that ended (k,) bool."""
    count = int(ended.sum())
    if count == 0:
        return state
    random = generator(state.random)
    fresh = draw_coordinates(problem, count, options.drawn, random)
    kept = ~ended[:, None]
    return state._replace(
        random=random.get_state(),
        coordinates=state.coordinates.masked_scatter(ended[:, None], fresh),
        first=state.first * kept,
        second=state.second * ~ended,
        ages=state.ages * ~ended,
        multipliers=state.multipliers * kept,
        penalties=torch.where(kept, state.penalties, options.penalty),
    )


def _with_counts(  # noqa: PLR0913, PLR0917 - counts need all of it
    problem: Problem,
    options: Options,
    state: State,
    emission: Emission,
    evaluation: Evaluation,
    violated: Tensor,
    unsound: Tensor,
) -> State:
    emitted, failed = len(emission.steps), len(violated)
    accepted = emission.features.to(state.coordinates)
    archive = torch.cat([state.archive, accepted])
    return state._replace(
        tally=state.tally.after(len(state.ages), emitted, failed, int(unsound.sum())),
        trail=state.trail.after(problem, evaluation.activations.detach(), violated),
        archive=archive[max(0, len(archive) - options.archive) :],
        futile=0 if emitted else state.futile + failed,
    )


METHOD = Method(
    summary="Makes diverse, natural images from natural images near the band. The default of earlier versions.",
    default_k=20,
    needs=("band",),
    options=Options,
    state=State,
    init=init,
    step=step,
    terminate=terminate,
)
