"""The smallest change of an image's code that brings the neuron into the band, kept natural by E(G(c)).

A code takes steps that are shortest in the codes' own metric. Steps that are shortest in whitened coordinates would go along
Sigma grad f, which is the regression of everything on f among the references: they would drag along whatever goes with f there,
whether the neuron needs it or not. After each step the code passes G and E, which takes it back to what natural images give.
Every sample keeps the image that it began as.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.options import option
from inverset.contract.outcome import UNREACHABLE
from inverset.sampler.codes import Starts, draw_coordinates, draw_targets, starts_option, to_codes
from inverset.sampler.lagrangian import band_constraints, in_band
from inverset.sampler.methods.method import Method
from inverset.sampler.newton import jacobian, minimal_step, shortened, slopes
from inverset.sampler.problem import Evaluation, Problem, to_uint8
from inverset.sampler.steps import Diagnostics, Emission, Outcome, Tally, emit, generator, outcome

_FREE_STEPS = 6  # Newton steps on the network's head between two evaluations


@dataclass(frozen=True)
class Options:
    """Options of the counterfactual method."""

    starts: str = starts_option("prior")
    gain: float = option(
        2.2,
        "factor on a first step by the network's head, because E(G(c)) undoes part of it",
        0.1,
        10,
    )
    slope_gain: float = option(
        1.4, "the same for a step by the network's gradient, for neurons before E", 0.1, 10
    )
    longest: float = option(0.35, "longest step, in norms of a typical code", 1e-3, 10)
    metric: float = option(
        0.0, "exponent of the axes' variances in the metric: 0 the codes' own, 1 whitened coordinates", 0, 1
    )
    looks: int = option(10, "evaluations after which an attempt is given up", 1, 1000)
    futile: int = option(
        20, "stop after this many batches of starts without a sample: the band is unreachable", 1, 10_000
    )


class State(NamedTuple):
    """The moving codes, each with its start."""

    tally: Tally
    trail: Diagnostics
    random: Tensor
    codes: Tensor  # c: (k, d)
    targets: Tensor  # (k, m) activations that each aims at
    gains: Tensor  # (k,) what steps are lengthened by: less after each that went too far
    gaps: Tensor  # (k, m) from the latest activations to the targets
    ages: Tensor  # (k,) int64 evaluations since the start's; -1: the start was not evaluated, -2: nor cleaned
    starts: Tensor  # (k, 3, h, w) uint8
    start_activations: Tensor  # (k, m)
    futile: int  # starts given up since the last sample


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:
    """Draw k starts."""
    codes, targets, ages = _fresh(problem, options, k, random)
    gains = torch.full((k,), _gain(problem, options), device=codes.device)
    shape = problem.of_nothing.images.shape[1:]
    return State(
        tally=Tally(),
        trail=Diagnostics.start(problem, codes.device),
        random=random.get_state(),
        codes=codes,
        targets=targets,
        gains=gains,
        gaps=torch.zeros_like(targets),
        ages=ages,
        starts=torch.zeros(k, *shape, dtype=torch.uint8, device=codes.device),
        start_activations=torch.zeros_like(targets),
        futile=0,
    )


def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """Evaluate every code; emit those that are in band and valid, and move the others."""
    evaluation, state, moved, computed = _evaluated(problem, options, state)
    with torch.no_grad():
        sound, inside = evaluation.finite(), in_band(problem, evaluation.activations)
        valid, cleaned = (
            _valid(problem, evaluation),
            evaluation.features if _inverts(problem) else state.codes,
        )
        starting = state.ages == -1
        state = _with_starts(state, evaluation, starting)
        done = sound & inside & valid & (state.ages > 0)
        idle = starting & inside  # nothing has to change
        failed = ~done & ~idle & (~sound | (state.ages >= options.looks))
        emission = emit(evaluation, state.codes, done, state.tally.steps + 1)._replace(
            starts=state.starts[done].cpu(), start_activations=state.start_activations[done].cpu()
        )
        # A code in band only has to be cleaned; a start is cleaned before it is evaluated.
        rests = inside | (state.ages < -1)
        codes = torch.where(rests[:, None], cleaned, moved)
        state = state._replace(codes=codes.detach(), ages=state.ages + 1)
        state = _with_restarts(problem, options, state, done | idle | failed)
        return _with_counts(problem, state, evaluation, (emission, failed, sound), computed), emission


def terminate(problem: Problem, options: Options, state: State) -> Outcome | None:
    """An UNREACHABLE outcome once several whole batches of starts gave no sample."""
    if state.futile < options.futile * len(state.ages):
        return None
    detail = f"none of the last {state.futile} starting images could be brought into the band"
    return outcome(problem, state, UNREACHABLE, detail)


def _inverts(problem: Problem) -> bool:
    return problem.bundle.statistics.cycle_limit is not None


def _valid(problem: Problem, evaluation: Evaluation) -> Tensor:
    limit = problem.bundle.statistics.cycle_limit
    if limit is None or evaluation.cycle is None:
        return torch.ones(len(evaluation.images), dtype=torch.bool, device=evaluation.images.device)
    return evaluation.cycle <= limit


def _fresh(
    problem: Problem, options: Options, count: int, random: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """New codes (count, d), their target activations (count, m), and ages (count,)."""
    coordinates = draw_coordinates(problem, count, Starts(source=options.starts), random)
    codes = to_codes(problem, coordinates)
    targets = draw_targets(problem, count, random)
    age = -2 if _inverts(problem) else -1
    ages = torch.full((count,), age, dtype=torch.int64, device=codes.device)
    return codes, targets, ages


def _gain(problem: Problem, options: Options) -> float:
    return options.slope_gain if problem.head is None else options.gain


def _evaluated(problem: Problem, options: Options, state: State) -> tuple[Evaluation, State, Tensor, int]:
    """The codes' evaluation, the state with new gains, the codes after a step (k, d), and the number of gradients of each."""
    statistics, head = problem.bundle.statistics, problem.head
    length = options.longest * statistics.typical_norm
    if head is not None:
        with torch.no_grad():
            evaluation = problem.forward(state.codes)
        places = evaluation.features
        for _ in range(_FREE_STEPS):
            values, slope = slopes(head.predict, places)
            places = statistics.bounded(
                places + _move(problem, options, slope, state.targets - values, length)
            )
        origin, move, computed = evaluation.features, places - evaluation.features, 0
    else:
        codes = state.codes.detach().requires_grad_()
        evaluation = problem.forward(codes)
        slope = jacobian(evaluation.activations, codes)
        move = _move(problem, options, slope, state.targets - evaluation.activations.detach(), length)
        origin = evaluation.features.detach() if _inverts(problem) else codes.detach()
        computed = len(problem.neurons)
    state = _with_gains(state, state.targets - evaluation.activations.detach())
    return evaluation, state, statistics.bounded(origin + state.gains[:, None] * move), computed


def _with_gains(state: State, gaps: Tensor) -> State:
    """The state with half of the extra gain where a step overshot its target."""
    beyond = (gaps * state.gaps < 0).any(dim=1)
    gains = torch.where(beyond & (state.gains > 1), (1 + state.gains) / 2, state.gains)
    return state._replace(gains=gains, gaps=gaps)


def _move(problem: Problem, options: Options, slope: Tensor, change: Tensor, length: Tensor) -> Tensor:
    statistics = problem.bundle.statistics
    metric = statistics.scales.square() ** options.metric
    return shortened(minimal_step(slope, change, metric, statistics.axes), length)


def _with_starts(state: State, evaluation: Evaluation, starting: Tensor) -> State:
    """The state with images and activations of the rows ``starting`` (k,) bool stored as their starts."""
    images = to_uint8(evaluation.images).to(state.starts.device)
    return state._replace(
        starts=torch.where(starting[:, None, None, None], images, state.starts),
        start_activations=torch.where(
            starting[:, None], evaluation.activations.detach(), state.start_activations
        ),
    )


def _with_restarts(problem: Problem, options: Options, state: State, ended: Tensor) -> State:
    count = int(ended.sum())
    if count == 0:
        return state
    random = generator(state.random)
    codes, targets, ages = _fresh(problem, options, count, random)
    rows = ended.nonzero()[:, 0]
    return state._replace(
        random=random.get_state(),
        codes=state.codes.index_copy(0, rows, codes),
        targets=state.targets.index_copy(0, rows, targets),
        gains=state.gains.index_fill(0, rows, _gain(problem, options)),
        gaps=state.gaps.index_fill(0, rows, 0.0),
        ages=state.ages.index_copy(0, rows, ages),
    )


def _with_counts(
    problem: Problem,
    state: State,
    evaluation: Evaluation,
    ended: tuple[Emission, Tensor, Tensor],
    computed: int,
) -> State:
    emission, failed, sound = ended
    emitted = len(emission.steps)
    tally = state.tally.after(0, emitted, int(failed.sum()), int((~sound).sum()))
    violated = band_constraints(problem, evaluation.activations.detach())[failed] > 0
    return state._replace(
        tally=tally.computed(len(state.ages), computed),
        trail=state.trail.after(problem, evaluation.activations.detach(), violated),
        futile=0 if emitted else state.futile + int(failed.sum()),
    )


METHOD = Method(
    summary="Makes the smallest change that brings a natural image into the band; shows each image with its starting image.",
    default_k=50,
    needs=("band",),
    options=Options,
    state=State,
    init=init,
    step=step,
    terminate=terminate,
)
