"""Seeds, then a walk: Hada & Carreira-Perpiñán's solver (eqs 7 to 13), for each of the objectives that they compare.

Not stated in the paper and chosen here: the length of a gradient step. While seeds are sought it is the one that would satisfy
the code's constraints if they were linear, within limits; in the walk it follows the share of accepted proposals.
``literal`` keeps eqs 8 to 11 to the letter: there is a lower bound only. The constraint aims at the middle of the band, seeds are
done and samples accepted from its lower end on, and samples above the band are accepted.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from sampler.diversity import sum_of_squared_distances, sum_of_squared_distances_to
from sampler.lagrangian import band_constraints, in_band
from sampler.methods.hada import moves
from sampler.methods.hada.scale import Apart, unit
from sampler.methods.hada.state import Options, State
from sampler.problem import Evaluation, Problem
from sampler.steps import NONE, UNREACHABLE, Emission, Outcome, Tally, Trail, emit, outcome, walked

_HALF_WIDTH = 5.0  # of a band, in the paper's activations: 50 to 60, 40 to 50


@dataclass(frozen=True)
class Program:
    """One of the paper's optimisation problems; its methods make it a method of the registry."""

    apart: Apart
    pixels: bool = False  # codes are the images' own pixels
    walks: bool = True  # else each K samples are found as seeds are

    def init(self, problem: Problem, options: Options, k: int, random: torch.Generator) -> State:
        """Start k codes."""
        moved = self._moved_problem(problem)
        codes = moves.starts(moved, options, k, random)
        columns = len(problem.neurons) * (1 if options.literal else 2)
        with torch.no_grad():
            width = self._places(moved.forward(codes[:1]), codes[:1]).shape[1]
        scale, passes = unit(moved, self.apart, k)
        return State(
            tally=Tally(forward_passes=float(passes)),
            trail=Trail.start(problem, codes.device),
            random=random.get_state(),
            codes=codes,
            slacks=codes.new_zeros(k, columns),
            multipliers=codes.new_zeros(k, columns),
            penalty=options.penalty * scale,
            unit=scale,
            length=codes.new_tensor(options.longest / 4),
            parents=codes.new_zeros(k, width),
            last=torch.full((k,), NONE, device=codes.device),
            diversity=codes.new_zeros(()),
            walking=0,
            round=0,
            ending=0,
            inner=0,
            futile=0,
        )

    def step(self, problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
        """One gradient step of the K codes, of the seeds or of the walk."""
        moved = self._moved_problem(problem)
        codes = state.codes.detach().requires_grad_()
        seen = moved.forward(codes)
        sound = seen.finite()
        feasible = _feasible(moved, options, seen) & sound
        places = torch.where(sound[:, None], self._places(seen, codes), 0)
        diversity = sum_of_squared_distances(places)
        found = not state.walking and moves.found(options, state, feasible, diversity)
        # C0 before the gradient: what is feasible here is a sample already, and the next one is to lie far from it.
        state = moves.fixed(state, feasible, places, begins=found and self.walks)
        room = _room(moved, options, seen)
        # A round with fixed slacks, as published, would hold the satisfied end of a two-sided band where it is.
        renew = state.walking or state.inner == 0 or not options.literal
        slacks = _slacks(room.detach(), state) if renew else state.slacks
        gradient, penalties = _gradient(codes, _spread(places, diversity, state), room - slacks, state)
        with torch.no_grad():
            sound = sound & gradient.isfinite().all(dim=1)
            chosen = feasible & sound & bool(found or state.walking)
            kept = codes[:, :0] if self.pixels else codes
            emission = emit(seen, kept, chosen, state.tally.steps + 1, state.last)
            failed = ~sound | (~feasible if moves.late(options, state) else False)
            last = walked(state.last, chosen & bool(self.walks), state.tally.accepted)
            state = state._replace(slacks=slacks, last=last.masked_fill(failed, NONE))
            if not found and not state.walking:
                state = moves.advanced(options, state, room, feasible, diversity)
            state = moves.counted(problem, state, seen, len(emission.steps), failed, sound)
            if found and not self.walks:
                return moves.begun(moved, options, state), emission
            slope = gradient.nan_to_num(), penalties.nan_to_num()
            state = moves.moved(moved, options, state, slope, feasible)
            return moves.restarted(moved, options, state, failed), emission

    def terminate(self, problem: Problem, options: Options, state: State) -> Outcome | None:
        """Unreachable when the rounds did not make K feasible seeds, or the walk got lost."""
        if state.round >= options.rounds + options.attempts:
            detail = f"{state.round} rounds did not bring all {len(state.codes)} seeds into the band"
            return outcome(problem, state, UNREACHABLE, detail)
        if state.walking and state.futile >= options.futile:
            detail = f"no sample in the last {state.futile} steps of the walk"
            return outcome(problem, state, UNREACHABLE, detail)
        return None

    def _moved_problem(self, problem: Problem) -> Problem:
        return problem.in_pixels if self.pixels else problem

    def _places(self, seen: Evaluation, codes: Tensor) -> Tensor:
        """Where the samples lie for the objective: (k, e)."""
        if self.apart == "features":
            return seen.features
        if self.apart == "images":
            return seen.images.flatten(1)
        return codes if self.apart == "codes" else codes[:, :0]


def _room(problem: Problem, options: Options, seen: Evaluation) -> Tensor:
    """What must be at least 0: (k, q). To the letter f - (z2 - eps0), eq 8, which aims at the band's middle; else both ends.

    Counted so that a band is ten wide, as the paper's are.
    """
    if not options.literal:
        return -_HALF_WIDTH * band_constraints(problem, seen.activations, options.margin)
    low, high = problem.bounds(seen.activations)
    return _HALF_WIDTH * (seen.activations - (low + high) / 2) / ((high - low) / 2)


def _feasible(problem: Problem, options: Options, seen: Evaluation) -> Tensor:
    """Which codes may be seeds and samples: (k,) bool. To the letter z2 - f <= eps (sections 3.3, 3.4), which is f >= z1."""
    if options.literal:
        low, _ = problem.bounds(seen.activations)
        return (seen.activations >= low).all(dim=1)
    return in_band(problem, seen.activations)


def _slacks(room: Tensor, state: State) -> Tensor:
    """s <- max(0, h - lambda / mu): the closed form of eq 9's inner problem."""
    return (room - state.multipliers / state.penalty).relu()


def _spread(places: Tensor, diversity: Tensor, state: State) -> Tensor:
    """What is maximised: D(C), and in the walk the distances to C0 (eq 10)."""
    return diversity + sum_of_squared_distances_to(places, state.parents) if state.walking else diversity


def _gradient(codes: Tensor, spread: Tensor, excess: Tensor, state: State) -> tuple[Tensor, Tensor]:
    """Of L = -D(C) [- distances to C0, in the walk] - sum lambda (h - s) + mu/2 sum (h - s)^2.

    Returns the gradient (k, d), and what the penalty of each code amounts to: (k,).
    """
    penalties = state.penalty / 2 * excess.square().sum(dim=1)
    demands = penalties.sum() - (state.multipliers * excess).sum()
    (gradient,) = torch.autograd.grad(demands - spread, codes)
    return gradient, penalties.detach()
