"""State changes of the solver after a gradient evaluation: next step, round, walk or batch."""

import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.codes import Starts, draw_coordinates, to_codes
from inverset.sampler.lagrangian import band_constraints
from inverset.sampler.methods.hada.state import Options, State
from inverset.sampler.problem import Evaluation, Problem
from inverset.sampler.steps import generator

_SYMMETRY = 1e-3  # noise on equal starts, in standard deviations: exactly equal codes would never part


def starts(problem: Problem, options: Options, count: int, random: torch.Generator) -> Tensor:
    """Random starting codes (count, d): of reference images or of the prior; all equal with ``alike``."""
    if not options.alike:
        return _drawn(problem, options, count, random)
    one = draw_coordinates(problem, 1, Starts(source=options.starts), random)
    noise = torch.randn(count, one.shape[1], generator=random).to(one)
    return to_codes(problem, one + _SYMMETRY * noise)


def _drawn(problem: Problem, options: Options, count: int, random: torch.Generator) -> Tensor:
    # In a small band two codes may start from one image.
    noise = _SYMMETRY if options.starts == "band" else 0.0
    return to_codes(
        problem, draw_coordinates(problem, count, Starts(noise=noise, source=options.starts), random)
    )


def _round_ends(options: Options, state: State) -> bool:
    return state.inner + 1 >= options.round_steps


def is_last_chance(options: Options, state: State) -> bool:
    """Whether the seeds' rounds are used up, so that infeasible seeds are replaced after this step."""
    return not state.walking and state.round >= options.rounds and _round_ends(options, state)


def is_complete(options: Options, state: State, feasible: Tensor, diversity: Tensor) -> bool:
    """Whether all seeds are feasible and, with ``solved``, D grew by at most ``growth`` in the last round."""
    if not bool(feasible.all()):
        return False
    if not options.solved:
        return True
    grown = diversity > (1 + options.growth) * state.diversity
    return _round_ends(options, state) and (not bool(grown) or state.ending + 1 >= options.ending)


def with_parents(state: State, feasible: Tensor, places: Tensor, *, begins: bool) -> State:
    """The state with C0 (eq 10) set to ``places`` (k, e): of the seeds when the walk begins, then of the newest samples."""
    places = places.detach()
    if begins:
        return state._replace(walking=1, parents=places, inner=0)
    if state.walking:
        return state._replace(parents=torch.where(feasible[:, None], places, state.parents))
    return state


def after_seed_step(
    options: Options, state: State, constraints: Tensor, feasible: Tensor, diversity: Tensor
) -> State:
    """The state after a step of the seeds; at the end of a round, multipliers and penalty are updated (eqs 7 to 9)."""
    if not _round_ends(options, state):
        return state._replace(inner=state.inner + 1)
    state = state._replace(inner=0, diversity=diversity.detach())
    multipliers = (state.multipliers - state.penalty * constraints.detach()).relu()
    if bool(feasible.all()):
        return state._replace(ending=state.ending + 1, multipliers=multipliers)
    if state.round >= options.rounds:
        return state._replace(round=state.round + 1)
    return state._replace(round=state.round + 1, multipliers=multipliers, penalty=state.penalty * 10)


def gradient_step(
    problem: Problem,
    options: Options,
    state: State,
    gradient_and_penalties: tuple[Tensor, Tensor],
    feasible: Tensor,
) -> State:
    """The codes after one step along each one's own gradient direction, clipped to their bounds.

    Args:
        problem: whose code statistics hold the bounds and the length of a typical code.
        options: limits of a step.
        state: the codes (k, d).
        gradient_and_penalties: of the Lagrangian (k, d), and each code's penalty (k,).
        feasible: (k,) bool, which steers the length of the walk's steps.
    """
    statistics = problem.bundle.statistics
    gradient, penalties = gradient_and_penalties
    gradient = gradient.masked_fill(_held(statistics, state.codes, gradient), 0.0)
    steepness = gradient.norm(dim=1, keepdim=True).clamp_min(1e-20)
    unit, length = statistics.typical_norm, state.length
    if state.walking:
        length = length * torch.exp(0.5 * (feasible.float().mean() - options.acceptance))
        length = lengths = length.clamp(1e-6, options.longest)
    else:  # Polyak's step: where a linear constraint of this penalty and slope would be met
        lengths = (2 * penalties[:, None] / steepness / unit).clamp(options.shortest, options.longest)
    codes = statistics.bounded(state.codes - lengths * unit * gradient / steepness)
    return state._replace(codes=codes, length=length)


def _held(statistics: CodeStatistics, codes: Tensor, gradient: Tensor) -> Tensor:
    """Which entries (k, d) bool lie on a bound with an outward gradient: they do not count for a step's length."""
    held = torch.zeros_like(codes, dtype=torch.bool)
    if statistics.floor is not None:
        held |= (codes <= statistics.floor) & (gradient > 0)
    if statistics.ceiling is not None:
        held |= (codes >= statistics.ceiling) & (gradient < 0)
    return held


def with_restarts(problem: Problem, options: Options, state: State, ended: Tensor) -> State:
    """Random starts with zero multipliers in place of codes ``ended`` (k,) bool; the penalty mu is not reset."""
    if not bool(ended.any()):
        return state
    random = generator(state.random)
    fresh = _drawn(problem, options, int(ended.sum()), random)
    return state._replace(
        random=random.get_state(),
        codes=state.codes.masked_scatter(ended[:, None], fresh),
        multipliers=state.multipliers * ~ended[:, None],
    )


def next_batch(problem: Problem, options: Options, state: State) -> State:
    """The state with K new codes, and multipliers, penalty and rounds as at the beginning."""
    random = generator(state.random)
    codes = starts(problem, options, len(state.codes), random)
    return state._replace(
        random=random.get_state(),
        codes=codes,
        multipliers=torch.zeros_like(state.multipliers),
        penalty=options.penalty * state.unit,
        diversity=codes.new_zeros(()),
        round=0,
        ending=0,
    )


def with_counts(
    problem: Problem, state: State, evaluation: Evaluation, emitted: int, failed: Tensor, sound: Tensor
) -> State:
    """Tally and diagnostics updated. ``failed`` (k,) bool codes are given up: not finite, or infeasible after the last round."""
    violated = band_constraints(problem, evaluation.activations[failed]) > 0
    return state._replace(
        tally=state.tally.after(len(state.codes), emitted, int(failed.sum()), int((~sound).sum())),
        trail=state.trail.after(problem, evaluation.activations.detach(), violated),
        futile=0 if emitted else state.futile + 1,
    )
