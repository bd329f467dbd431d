"""Hada & Carreira-Perpiñán's method: K diverse seeds, then a walk from them (eqs 6 to 13).

Not stated in the paper and chosen here: the length of a gradient step. While seeds are sought it is the one that would satisfy
the code's constraints if they were linear, within limits; in the walk it follows the share of accepted proposals.
``literal`` keeps eqs 8 to 11 to the letter: only a lower bound, at the middle of the band, so that samples above the band
are accepted.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from sampler.codes import draw_coordinates, to_codes
from sampler.diversity import sum_of_squared_distances, sum_of_squared_distances_to
from sampler.lagrangian import band_constraints, in_band, names
from sampler.methods.option import option
from sampler.problem import Evaluation, Problem
from sampler.steps import UNREACHABLE, Emission, Outcome, Tally, Trail, emit, outcome

SUMMARY = "as published: seeds, then a walk; nothing keeps its images natural"
DEFAULT_K = 10


@dataclass(frozen=True)
class Options:
    """What may be set."""

    literal: bool = option(
        False,  # noqa: FBT003
        "eqs 8 to 11 to the letter: only the lower bound, at the middle of the band",
    )
    margin: float = option(
        0.15, "share of the half width by which the band is shrunk at each side while moving", 0, 0.9
    )
    penalty: float = option(10.0, "first penalty mu, ten times larger each round", 1e-6, 1e9)
    round_steps: int = option(100, "gradient steps a round of the seeds", 1, 10_000)
    rounds: int = option(6, "rounds after which seeds that are still infeasible start anew", 1, 20)
    attempts: int = option(8, "rounds of new starts without K feasible seeds that mean: unreachable", 1, 100)
    longest: float = option(0.013, "longest step, in norms of a typical code", 1e-6, 10)
    shortest: float = option(
        0.0013, "shortest step while seeds are sought, in norms of a typical code", 1e-9, 10
    )
    acceptance: float = option(
        0.96, "share of accepted proposals that the walk's step length is steered to", 0.1, 0.999
    )
    futile: int = option(300, "steps of the walk without a sample that mean: unreachable", 1, 100_000)


class State(NamedTuple):
    """Seeds while ``walking`` is 0, then the walk with multipliers and penalty frozen."""

    tally: Tally
    trail: Trail
    random: Tensor
    codes: Tensor  # c: (k, d)
    slacks: Tensor  # s: (k, q)
    multipliers: Tensor  # lambda: (k, q)
    penalty: Tensor  # mu: ()
    length: Tensor  # beta of the walk: (), in norms of a typical code
    parents: Tensor  # C0: (k, e) features of the newest sample of each code
    walking: int
    round: int
    inner: int  # steps in this round
    futile: int  # steps since the last sample


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:
    """Start from k random reference images through E."""
    codes = to_codes(problem, draw_coordinates(problem, k, 1.0, 0.0, random))
    columns = len(problem.neurons) * (1 if options.literal else 2)
    return State(
        tally=Tally(),
        trail=Trail.start(problem, codes.device),
        random=random.get_state(),
        codes=codes,
        slacks=codes.new_zeros(k, columns),
        multipliers=codes.new_zeros(k, columns),
        penalty=codes.new_tensor(options.penalty),
        length=codes.new_tensor(options.longest / 4),
        parents=codes.new_zeros(k, problem.feature_count),
        walking=0,
        round=0,
        inner=0,
        futile=0,
    )


def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """One gradient step of the K codes, of the seeds or of the walk."""
    codes = state.codes.detach().requires_grad_()
    seen = problem.forward(codes)
    sound = seen.finite()
    room = _room(problem, options, seen)
    # A round with fixed slacks, as published, would hold the satisfied end of a two-sided band where it is.
    renew = state.walking or state.inner == 0 or not options.literal
    slacks = _slacks(room.detach(), state) if renew else state.slacks
    gradient, penalties = _gradient(
        codes, torch.where(sound[:, None], seen.features, 0), room - slacks, state
    )
    with torch.no_grad():
        sound = sound & gradient.isfinite().all(dim=1)
        feasible = _feasible(problem, options, seen) & sound
        emission = emit(seen, codes, feasible & _emitting(state, feasible), state.tally.steps + 1)
        late = state.round >= options.rounds and state.inner + 1 == options.round_steps and not state.walking
        failed = ~sound | (~feasible if late else False)
        state = _advance(options, state._replace(slacks=slacks), seen, room, feasible)
        state = _moved(problem, options, state, (gradient.nan_to_num(), penalties.nan_to_num()), feasible)
        state = _counted(problem, state, seen, len(emission.steps), failed, sound)
        return _restarted(problem, state, failed), emission


def terminate(problem: Problem, options: Options, state: State) -> Outcome | None:
    """Unreachable when the rounds did not make K feasible seeds, or the walk got lost."""
    if state.round >= options.rounds + options.attempts:
        detail = f"{state.round} rounds did not bring all {len(state.codes)} seeds into the band"
        return outcome(problem, state, UNREACHABLE, detail)
    if state.walking and state.futile >= options.futile:
        return outcome(problem, state, UNREACHABLE, f"no sample in the last {state.futile} steps of the walk")
    return None


def _room(problem: Problem, options: Options, seen: Evaluation) -> Tensor:
    """What must be at least 0: (k, q). To the letter f - (z2 - eps0), eq 8; else both ends, in half widths."""
    if not options.literal:
        return -band_constraints(problem, seen.activations, options.margin)
    low, high = problem.bounds(seen.activations)
    return seen.activations - (low + high) / 2


def _feasible(problem: Problem, options: Options, seen: Evaluation) -> Tensor:
    if options.literal:
        return (_room(problem, options, seen) >= 0).all(dim=1)
    return in_band(problem, seen.activations)


def _slacks(room: Tensor, state: State) -> Tensor:
    """s <- max(0, h - lambda / mu): the closed form of eq 9's inner problem."""
    return (room - state.multipliers / state.penalty).relu()


def _gradient(codes: Tensor, features: Tensor, excess: Tensor, state: State) -> tuple[Tensor, Tensor]:
    """Of L = -D(C) [- distances to C0, in the walk] - sum lambda (h - s) + mu/2 sum (h - s)^2.

    Returns the gradient (k, d), and what the penalty of each code amounts to: (k,).
    """
    diversity = sum_of_squared_distances(features)
    if state.walking:
        diversity = diversity + sum_of_squared_distances_to(features, state.parents)
    penalties = state.penalty / 2 * excess.square().sum(dim=1)
    demands = penalties.sum() - (state.multipliers * excess).sum()
    (gradient,) = torch.autograd.grad(demands - diversity, codes)
    return gradient, penalties.detach()


def _emitting(state: State, feasible: Tensor) -> Tensor:
    """Every feasible proposal of the walk is a sample; of the seeds, all K at once."""
    return feasible.all() | torch.tensor(bool(state.walking), device=feasible.device)


def _advance(options: Options, state: State, seen: Evaluation, room: Tensor, feasible: Tensor) -> State:
    """From seeds to walk once all are feasible; else to the next step or round."""
    if state.walking:
        return state._replace(parents=torch.where(feasible[:, None], seen.features, state.parents))
    if bool(feasible.all()):
        return state._replace(walking=1, parents=seen.features.detach())
    if state.inner + 1 < options.round_steps:
        return state._replace(inner=state.inner + 1)
    if state.round >= options.rounds:
        return state._replace(inner=0, round=state.round + 1)
    multipliers = (state.multipliers - state.penalty * room.detach()).relu()
    return state._replace(inner=0, round=state.round + 1, multipliers=multipliers, penalty=state.penalty * 10)


def _moved(
    problem: Problem, options: Options, state: State, slope: tuple[Tensor, Tensor], feasible: Tensor
) -> State:
    """One step along each code's own gradient direction, kept within the code's bounds."""
    statistics, (gradient, penalties) = problem.bundle.statistics, slope
    if statistics.floor is not None:  # entries that lie on the bound and push beyond it do not count
        gradient = gradient.masked_fill((state.codes <= statistics.floor) & (gradient > 0), 0.0)
    steepness = gradient.norm(dim=1, keepdim=True).clamp_min(1e-20)
    unit, length = statistics.typical_norm, state.length
    if state.walking:
        length = length * torch.exp(0.5 * (feasible.float().mean() - options.acceptance))
        length = lengths = length.clamp(1e-6, options.longest)
    else:  # Polyak's step: where a linear constraint of this penalty and slope would be met
        lengths = (2 * penalties[:, None] / steepness / unit).clamp(options.shortest, options.longest)
    codes = state.codes - lengths * unit * gradient / steepness
    if statistics.floor is not None:
        codes = codes.clamp_min(statistics.floor)
    return state._replace(codes=codes, length=length)


def _restarted(problem: Problem, state: State, ended: Tensor) -> State:
    """Other random starts in the place of codes (k,) bool; the penalty, by now large, takes them straight to the band."""
    if not bool(ended.any()):
        return state
    random = torch.Generator()
    random.set_state(state.random)
    fresh = to_codes(problem, draw_coordinates(problem, int(ended.sum()), 1.0, 0.0, random))
    return state._replace(
        random=random.get_state(),
        codes=state.codes.masked_scatter(ended[:, None], fresh),
        multipliers=state.multipliers * ~ended[:, None],
    )


def _counted(
    problem: Problem, state: State, seen: Evaluation, emitted: int, failed: Tensor, sound: Tensor
) -> State:
    """Keep the books; the codes given up are the unsound ones and, in late rounds, those left infeasible."""
    violated = band_constraints(problem, seen.activations[failed]) > 0
    padding = violated.new_zeros(len(violated), len(names(problem)) - violated.shape[1])
    return state._replace(
        tally=state.tally.after(len(state.codes), emitted, int(failed.sum()), int((~sound).sum())),
        trail=state.trail.after(problem, seen.activations.detach(), torch.cat([violated, padding], dim=1)),
        futile=0 if emitted else state.futile + 1,
    )
