"""What follows a step: to the next step, round or walk, with other codes in the place of lost ones."""

import torch
from torch import Tensor

from sampler.bundle import CodeStatistics
from sampler.codes import Starts, draw_coordinates, to_codes
from sampler.lagrangian import band_constraints
from sampler.methods.hada.state import Options, State
from sampler.problem import Evaluation, Problem
from sampler.steps import generator

_SYMMETRY = 1e-3  # noise on equal starts, in standard deviations: exactly equal codes would never part


def starts(problem: Problem, options: Options, count: int, random: torch.Generator) -> Tensor:
    """Codes of random reference images or draws of the prior, or of the same one: (count, d)."""
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


def late(options: Options, state: State) -> bool:
    """Whether seeds that are infeasible now have had their rounds."""
    return not state.walking and state.round >= options.rounds and _round_ends(options, state)


def found(options: Options, state: State, feasible: Tensor, diversity: Tensor) -> bool:
    """Whether the seeds are done: feasible all, and solved to the end where that is asked for."""
    if not bool(feasible.all()):
        return False
    if not options.solved:
        return True
    grown = diversity > (1 + options.growth) * state.diversity
    return _round_ends(options, state) and (not bool(grown) or state.ending + 1 >= options.ending)


def fixed(state: State, feasible: Tensor, places: Tensor, *, begins: bool) -> State:
    """With C0 as it is now: the seeds where a walk begins, and in a walk the newest samples, at their places (k, e)."""
    places = places.detach()
    if begins:
        return state._replace(walking=1, parents=places, inner=0)
    if state.walking:
        return state._replace(parents=torch.where(feasible[:, None], places, state.parents))
    return state


def advanced(options: Options, state: State, room: Tensor, feasible: Tensor, diversity: Tensor) -> State:
    """To the next step or round of the seeds, whose D is ``diversity``."""
    if not _round_ends(options, state):
        return state._replace(inner=state.inner + 1)
    state = state._replace(inner=0, diversity=diversity.detach())
    multipliers = (state.multipliers - state.penalty * room.detach()).relu()
    if bool(feasible.all()):
        return state._replace(ending=state.ending + 1, multipliers=multipliers)
    if state.round >= options.rounds:
        return state._replace(round=state.round + 1)
    return state._replace(round=state.round + 1, multipliers=multipliers, penalty=state.penalty * 10)


def moved(
    problem: Problem, options: Options, state: State, slope: tuple[Tensor, Tensor], feasible: Tensor
) -> State:
    """One step along each code's own gradient direction, kept within the code's bounds."""
    statistics, (gradient, penalties) = problem.bundle.statistics, slope
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
    """Which entries (k, d) lie on a bound and push beyond it: they do not count for the length of a step."""
    held = torch.zeros_like(codes, dtype=torch.bool)
    if statistics.floor is not None:
        held |= (codes <= statistics.floor) & (gradient > 0)
    if statistics.ceiling is not None:
        held |= (codes >= statistics.ceiling) & (gradient < 0)
    return held


def restarted(problem: Problem, options: Options, state: State, ended: Tensor) -> State:
    """Other starts in the place of codes (k,) bool; the penalty, by now large, takes them straight to the band."""
    if not bool(ended.any()):
        return state
    random = generator(state.random)
    fresh = _drawn(problem, options, int(ended.sum()), random)
    return state._replace(
        random=random.get_state(),
        codes=state.codes.masked_scatter(ended[:, None], fresh),
        multipliers=state.multipliers * ~ended[:, None],
    )


def begun(problem: Problem, options: Options, state: State) -> State:
    """The next K, from the beginning."""
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


def counted(
    problem: Problem, state: State, seen: Evaluation, emitted: int, failed: Tensor, sound: Tensor
) -> State:
    """Keep the books; the codes given up are the unsound ones and, in late rounds, those left infeasible."""
    violated = band_constraints(problem, seen.activations[failed]) > 0
    return state._replace(
        tally=state.tally.after(len(state.codes), emitted, int(failed.sum()), int((~sound).sum())),
        trail=state.trail.after(problem, seen.activations.detach(), violated),
        futile=0 if emitted else state.futile + 1,
    )
