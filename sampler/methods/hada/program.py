"""Hada & Carreira-Perpiñán's solver (eqs 7 to 13) for each objective that they compare: seeds, then a walk.

Not stated in the paper and chosen here: the length of a gradient step. While seeds are sought it is the one that would satisfy
the code's constraints if they were linear, within limits; in the walk it follows the share of accepted proposals.
``literal`` keeps eqs 8 to 11 to the letter: there is a lower bound only. The constraint aims at the middle of the band, seeds are
done and samples accepted from its lower end on, and samples above the band are accepted.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from inverset.contract.outcome import UNREACHABLE
from inverset.sampler.diversity import sum_of_squared_distances, sum_of_squared_distances_to
from inverset.sampler.lagrangian import band_constraints, in_band
from inverset.sampler.methods.hada import moves
from inverset.sampler.methods.hada.scale import DiversitySpace, penalty_unit
from inverset.sampler.methods.hada.state import Options, State
from inverset.sampler.problem import Evaluation, Problem
from inverset.sampler.steps import NO_PARENT, Diagnostics, Emission, Outcome, Tally, emit, outcome, walked

_HALF_WIDTH = 5.0  # of a band, in the paper's activations: 50 to 60, 40 to 50


@dataclass(frozen=True)
class Program:
    """One of the paper's optimisation problems; its functions are those of a ``Method``."""

    diversity_space: DiversitySpace
    pixels: bool = False  # codes are the images' own pixels
    walks: bool = True  # else each K samples are solved for as seeds are

    def init(self, problem: Problem, options: Options, k: int, random: torch.Generator) -> State:
        """Start k codes."""
        actual = self._problem_to_solve(problem)
        codes = moves.starts(actual, options, k, random)
        columns = len(problem.neurons) * (1 if options.literal else 2)
        with torch.no_grad():
            width = self._places(actual.forward(codes[:1]), codes[:1]).shape[1]
        scale, passes = penalty_unit(actual, self.diversity_space, k)
        return State(
            tally=Tally(forward_passes=float(passes)),
            trail=Diagnostics.start(problem, codes.device),
            random=random.get_state(),
            codes=codes,
            slacks=codes.new_zeros(k, columns),
            multipliers=codes.new_zeros(k, columns),
            penalty=options.penalty * scale,
            unit=scale,
            length=codes.new_tensor(options.longest / 4),
            parents=codes.new_zeros(k, width),
            last=torch.full((k,), NO_PARENT, device=codes.device),
            diversity=codes.new_zeros(()),
            walking=0,
            round=0,
            ending=0,
            inner=0,
            futile=0,
        )

    def step(self, problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
        """Take one gradient step of the K codes, of the seeds or of the walk."""
        actual = self._problem_to_solve(problem)
        codes = state.codes.detach().requires_grad_()
        evaluation = actual.forward(codes)
        sound = evaluation.finite()
        feasible = _feasible(actual, options, evaluation) & sound
        places = torch.where(sound[:, None], self._places(evaluation, codes), 0)
        diversity = sum_of_squared_distances(places)
        complete = not state.walking and moves.is_complete(options, state, feasible, diversity)
        # C0 is set before the gradient: a feasible code is already a sample, and the next one should lie far from it.
        state = moves.with_parents(state, feasible, places, begins=complete and self.walks)
        constraints = _constraints(actual, options, evaluation)
        # A round with fixed slacks, as published, would hold the satisfied end of a two-sided band where it is.
        renew = state.walking or state.inner == 0 or not options.literal
        slacks = _slacks(constraints.detach(), state) if renew else state.slacks
        gradient, penalties = _gradient(
            codes, _objective(places, diversity, state), constraints - slacks, state
        )
        with torch.no_grad():
            sound = sound & gradient.isfinite().all(dim=1)
            chosen = feasible & sound & bool(complete or state.walking)
            kept = codes[:, :0] if self.pixels else codes
            emission = emit(evaluation, kept, chosen, state.tally.steps + 1, state.last)
            failed = ~sound | (~feasible if moves.is_last_chance(options, state) else False)
            last = walked(state.last, chosen & bool(self.walks), state.tally.accepted)
            state = state._replace(slacks=slacks, last=last.masked_fill(failed, NO_PARENT))
            if not complete and not state.walking:
                state = moves.after_seed_step(options, state, constraints, feasible, diversity)
            state = moves.with_counts(problem, state, evaluation, len(emission.steps), failed, sound)
            if complete and not self.walks:
                return moves.next_batch(actual, options, state), emission
            finite = gradient.nan_to_num(), penalties.nan_to_num()
            state = moves.gradient_step(actual, options, state, finite, feasible)
            return moves.with_restarts(actual, options, state, failed), emission

    def terminate(self, problem: Problem, options: Options, state: State) -> Outcome | None:
        """An UNREACHABLE outcome when the rounds gave fewer than K feasible seeds, or the walk gave no sample for too long."""
        if state.round >= options.rounds + options.attempts:
            detail = f"{state.round} rounds did not bring all {len(state.codes)} seeds into the band"
            return outcome(problem, state, UNREACHABLE, detail)
        if state.walking and state.futile >= options.futile:
            detail = f"no sample in the last {state.futile} steps of the walk"
            return outcome(problem, state, UNREACHABLE, detail)
        return None

    def _problem_to_solve(self, problem: Problem) -> Problem:
        return problem.in_pixels if self.pixels else problem

    def _places(self, evaluation: Evaluation, codes: Tensor) -> Tensor:
        """The samples' coordinates in the space in which diversity is measured: (k, e)."""
        if self.diversity_space == "features":
            return evaluation.features
        if self.diversity_space == "images":
            return evaluation.images.flatten(1)
        return codes if self.diversity_space == "codes" else codes[:, :0]


def _constraints(problem: Problem, options: Options, evaluation: Evaluation) -> Tensor:
    """The constraint values h >= 0: (k, q). To the letter f - (z2 - eps0), eq 8, which aims at the band's middle; else both ends.

    Counted so that a band is ten wide, as the paper's are.
    """
    if not options.literal:
        return -_HALF_WIDTH * band_constraints(problem, evaluation.activations, options.margin)
    low, high = problem.bounds(evaluation.activations)
    return _HALF_WIDTH * (evaluation.activations - (low + high) / 2) / ((high - low) / 2)


def _feasible(problem: Problem, options: Options, evaluation: Evaluation) -> Tensor:
    """Which codes may be seeds and samples: (k,) bool. To the letter z2 - f <= eps (sections 3.3, 3.4), which is f >= z1."""
    if options.literal:
        low, _ = problem.bounds(evaluation.activations)
        return (evaluation.activations >= low).all(dim=1)
    return in_band(problem, evaluation.activations)


def _slacks(constraints: Tensor, state: State) -> Tensor:
    """The slacks max(0, h - lambda / mu): the closed form of eq 9's inner problem."""
    return (constraints - state.multipliers / state.penalty).relu()


def _objective(places: Tensor, diversity: Tensor, state: State) -> Tensor:
    """The maximised objective: D(C), and in the walk also the distances to C0 (eq 10)."""
    return diversity + sum_of_squared_distances_to(places, state.parents) if state.walking else diversity


def _gradient(codes: Tensor, objective: Tensor, excess: Tensor, state: State) -> tuple[Tensor, Tensor]:
    """The gradient of L = -D(C) [- distances to C0, in the walk] - sum lambda (h - s) + mu/2 sum (h - s)^2.

    Returns the gradient (k, d), and what the penalty of each code amounts to: (k,).
    """
    penalties = state.penalty / 2 * excess.square().sum(dim=1)
    demands = penalties.sum() - (state.multipliers * excess).sum()
    (gradient,) = torch.autograd.grad(demands - objective, codes)
    return gradient, penalties.detach()
