"""Rejection sampling with a screen: only draws that the surrogate expects in band, and a few others, are evaluated.

The others are counted by the inverse of their odds, so that the share of draws in band is estimated without the screen's bias
(Horvitz & Thompson 1952).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from inverset.sampler import priors
from inverset.sampler.lagrangian import band_constraints, in_band
from inverset.sampler.methods.conditioning.state import Options, Queue, State
from inverset.sampler.problem import Evaluation, Problem
from inverset.sampler.steps import Emission, emit, generator
from inverset.sampler.surrogates import Regression, Surrogate

_BLOCK, _MOST_BLOCKS = 256, 32  # draws at once, and in one step
_ERROR = 0.68  # quantile of the surrogate's errors that counts as one of them
_ARCHIVE = 300  # latest samples that new ones are chosen to be far from


class Screen(NamedTuple):
    """A surrogate with the margin by which its predictions may lie outside the band."""

    surrogate: Surrogate | None  # None: nothing is known of f, so that every draw passes
    slack: Tensor  # (2, m): for codes as drawn, and for cleaned ones


def surrogate_of(problem: Problem, weights: Tensor) -> Surrogate | None:
    """The network's head, else the regression with these weights; None: there is neither."""
    if problem.head is not None:
        return problem.head
    return Regression(problem.bundle.statistics, weights) if len(weights) else None


def is_piloting(options: Options, state: State) -> bool:
    """Whether the surrogate's error is still to be measured."""
    return len(state.errors) < options.pilot


@torch.no_grad()
def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """Draw until k draws passed the screen or the step's draws are used up, and evaluate these."""
    odds, draws = state.queue.odds.cpu(), state.queue.draws.cpu()  # a checkpoint is loaded onto the device
    state = state._replace(queue=state.queue._replace(odds=odds, draws=draws))
    before, screen, piloting = state, _screen(problem, options, state), is_piloting(options, state)
    state = _pilot(problem, state) if piloting else _drawn(problem, options, state, screen)
    count = min(state.batch, len(state.queue.odds))
    now = Queue(*(column[:count] for column in state.queue))
    waiting = Queue(*(column[count:] for column in state.queue))
    state = state._replace(queue=waiting)
    evaluated = _evaluated(problem, options, state, screen, now) if count else _none_passed(problem, state)
    after, emission = _with_counts(problem, options, state, now, evaluated)
    if piloting:
        return after, emission
    return after._replace(
        screened=before.screened + len(emission.steps),
        screened_passes=before.screened_passes + after.tally.forward_passes - before.tally.forward_passes,
    ), emission


class _Evaluated(NamedTuple):
    """The result of k draws that passed the screen, j of which were evaluated completely."""

    rows: Tensor  # (j,) int64 among the k
    odds: Tensor  # (j,) of having come so far
    codes: Tensor  # (j, d) whose images were evaluated
    evaluation: Evaluation  # of these images
    predicted: Tensor | None  # (j, 2, m) for the codes as drawn, and for the cleaned ones
    passes: int  # forward passes
    random: Tensor


def _screen(problem: Problem, options: Options, state: State) -> Screen:
    surrogate = surrogate_of(problem, state.weights)
    if surrogate is None or is_piloting(options, state):
        return Screen(None, state.weights.new_zeros(2, state.weights.shape[1]))
    return Screen(surrogate, options.widening * state.errors.abs().quantile(_ERROR, dim=0))


def _passes(problem: Problem, screen: Screen, codes: Tensor, stage: int) -> Tensor:
    """Which codes (k, d) may be in band according to the screen: (k,) bool."""
    if screen.surrogate is None:
        return torch.ones(len(codes), dtype=torch.bool, device=codes.device)
    predicted = screen.surrogate.predict(codes)
    low, high = problem.bounds(predicted)
    slack = screen.slack[stage].to(predicted)
    return ((predicted >= low - slack) & (predicted <= high + slack)).all(dim=1)


def _latents(problem: Problem, count: int, random: torch.Generator) -> Tensor:
    prior = priors.of(problem.bundle)
    return torch.randn(count, prior.dimension, generator=random).to(problem.bundle.statistics.mean)


def _pilot(problem: Problem, state: State) -> State:
    """The state with a queue of unscreened draws."""
    random = generator(state.random)
    latents = _latents(problem, state.batch, random)
    ones = torch.ones(len(latents))
    queue = Queue(latents, ones, ones.long())
    return _with_forward_passes(
        state._replace(queue=queue, random=random.get_state()), state.draw_passes * len(latents)
    )


def _with_forward_passes(state: State, passes: float) -> State:
    """The state with these forward passes added to its costs."""
    tally = state.tally._replace(forward_passes=state.tally.forward_passes + passes)
    return state._replace(tally=tally)


def _drawn(problem: Problem, options: Options, state: State, screen: Screen) -> State:
    """The state with at least k draws in the queue, if that many pass."""
    random, queue, since, blocks = generator(state.random), state.queue, 0, 0
    prior = priors.of(problem.bundle)
    for _ in range(_MOST_BLOCKS):
        if len(queue.odds) >= state.batch:
            break
        latents, blocks = _latents(problem, _BLOCK, random), blocks + 1
        passing = _passes(problem, screen, prior.decode(latents), 0).cpu()
        leaking = torch.rand(_BLOCK, generator=random) < options.leak
        places = (passing | leaking).nonzero()[:, 0]
        odds = torch.where(passing[places], 1.0, options.leak)
        draws = places.diff(prepend=torch.tensor([-1 - since]))
        since = _BLOCK - 1 - int(places[-1]) if len(places) else since + _BLOCK
        queue = Queue(
            torch.cat([queue.latents, latents[places.to(latents.device)]]),
            torch.cat([queue.odds, odds]),
            torch.cat([queue.draws, draws]),
        )
    # Draws after the last one that passed were screened too.
    tally = state.tally._replace(drawn=state.tally.drawn + since)
    state = state._replace(queue=queue, random=random.get_state(), tally=tally)
    return _with_forward_passes(state, state.draw_passes * blocks * _BLOCK)


def _evaluated(problem: Problem, options: Options, state: State, screen: Screen, now: Queue) -> _Evaluated:
    codes, passes = priors.of(problem.bundle).decode(now.latents), len(now.odds)
    random, rows, odds = generator(state.random), torch.arange(passes), now.odds
    surrogate = surrogate_of(problem, state.weights)
    predicted = None if surrogate is None else [surrogate.predict(codes)] * 2
    evaluation = problem.forward(codes)
    if options.clean and evaluation.cycle is not None:
        # A draw that came through the leak is not screened again: its weight is large enough.
        kept = _passes(problem, screen, evaluation.features, 1).cpu() | (odds < 1)
        leaked = ~kept & (torch.rand(passes, generator=random) < options.leak)
        odds = torch.where(leaked, options.leak, odds)
        rows = (kept | leaked).nonzero()[:, 0]
        codes = evaluation.features[rows]
        if predicted is not None and surrogate is not None:
            predicted = [predicted[0][rows], surrogate.predict(codes)]
        passes += len(rows)
        evaluation = problem.forward(codes) if len(rows) else problem.of_nothing
    return _Evaluated(
        rows,
        odds[rows],
        codes,
        evaluation,
        None if predicted is None else torch.stack(predicted, dim=1),
        passes,
        random.get_state(),
    )


def _none_passed(problem: Problem, state: State) -> _Evaluated:
    """The result of a step in which no draw passed."""
    nothing = torch.zeros(0)
    codes = state.queue.latents.new_zeros(0, len(problem.bundle.statistics.mean))
    return _Evaluated(nothing.long(), nothing, codes, problem.of_nothing, None, 0, state.random)


def _with_counts(
    problem: Problem, options: Options, state: State, now: Queue, evaluated: _Evaluated
) -> tuple[State, Emission]:
    evaluation, drawn = evaluated.evaluation, state.tally.drawn
    sound = evaluation.finite()
    inside = in_band(problem, evaluation.activations) & sound
    weights = 1 / evaluated.odds.to(inside.device)[inside]
    kept, archive = inside, state.archive
    if options.choices > 1:
        kept, archive = _spread_out(evaluation.features, inside, archive, options.choices)
    emission = emit(evaluation, evaluated.codes, kept, state.tally.steps + 1)
    emitted, failed = len(emission.steps), len(now.odds) - int(inside.sum())
    state = _with_forward_passes(state, evaluated.passes)
    tally = state.tally.after(0, emitted, failed, int((~sound).sum()))._replace(
        drawn=state.tally.drawn + int(now.draws.sum()),
        drawn_in_band=state.tally.drawn_in_band + float(weights.sum()),
        drawn_in_band_squares=state.tally.drawn_in_band_squares + float(weights.square().sum()),
    )
    errors, piloting = state.errors, is_piloting(options, state)
    if piloting and evaluated.predicted is not None:
        # A result that is not finite says nothing of the surrogate's error but counts as a pilot draw, or the pilot would never end.
        off = (evaluation.activations[:, None] - evaluated.predicted).masked_fill(~sound[:, None, None], 0.0)
        errors = torch.cat([errors, off])
    elif piloting:
        errors = torch.cat([errors, evaluation.activations.new_zeros(len(evaluated.rows), *errors.shape[1:])])
    violated = band_constraints(problem, evaluation.activations)[~inside] > 0
    state = state._replace(
        tally=tally,
        trail=state.trail.after(problem, evaluation.activations, violated),
        random=evaluated.random,
        errors=errors,
        archive=archive,
        futile=0 if emitted else state.futile + tally.drawn - drawn,
    )
    return state, emission


def _spread_out(features: Tensor, inside: Tensor, archive: Tensor, choices: int) -> tuple[Tensor, Tensor]:
    """One of every ``choices`` rows in band, each the farthest from all kept before it (Mitchell 1991), and the archive after them."""
    rows = inside.nonzero()[:, 0]
    kept = torch.zeros_like(inside)
    for _ in range(-(-len(rows) // choices)):
        if len(archive):
            away = torch.cdist(features[rows], archive.to(features)).amin(dim=1)
            best = rows[int(away.argmax())]
        else:
            best = rows[0]
        kept[best] = True
        rows = rows[rows != best]
        archive = torch.cat([archive, features[best][None].to(archive)])[-_ARCHIVE:]
    return kept, archive
