"""Moves latents into the band, for bands so rare that random draws would not reach them.

First by free steps on the surrogate, whose error is corrected after each evaluation; then by the network's own gradient, within a
trust region; |z| stays what it was drawn as, so that latents stay typical of the prior. What is in band is cleaned: c <- E(G(c)),
and brought back where that leaves the band, until E(G(c)) = c holds as it does for natural codes.
"""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.sampler import priors
from inverset.sampler.codes import draw_targets
from inverset.sampler.lagrangian import band_constraints, in_band
from inverset.sampler.methods.conditioning.screening import surrogate_of
from inverset.sampler.methods.conditioning.state import Guide, Options, State
from inverset.sampler.newton import jacobian, minimal_step, shortened, slopes
from inverset.sampler.problem import Evaluation, Problem
from inverset.sampler.steps import Emission, emit, generator
from inverset.sampler.surrogates import Surrogate

_FIRST_STEPS, _LATER_STEPS = 12, 5  # free ones: before the first evaluation, and after each
_CHOICES = 4  # draws that a latent is chosen from
_LONGEST = 1.0  # of a free step, in standard deviations of the prior
_CLEANING_STEPS = 3  # free ones that bring a cleaned code back
_LONGEST_CLEANING = 0.35  # of such a step, in norms of a typical code
_GROWTH = 1.2  # of the trust region after a step that helped; it halves after one that did not


class _Moved(NamedTuple):
    """The result of one evaluation of some of the latents, by their rows."""

    rows: Tensor  # (j,) int64
    codes: Tensor  # (j, d) that were evaluated
    evaluation: Evaluation
    guide: Guide  # these rows, moved on
    slopes: int  # of the network that were computed for each row; 0: forward passes only


def begun(problem: Problem, state: State) -> State:
    """The state with guidance in place of screening."""
    random = generator(state.random)
    guide = _fresh(problem, state, state.batch, random)
    queue = type(state.queue)(*(column[:0] for column in state.queue))
    return state._replace(guide=guide, queue=queue, guiding=1, futile=0, random=random.get_state())


def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """Evaluate and move every latent once; emit those that are in band and valid."""
    guide, surrogate = state.guide, surrogate_of(problem, state.weights)
    looking = (guide.cleaned < 0) & (guide.ages < (options.looks if surrogate is not None else 0))
    phases = (
        (looking, partial(_moved_by_surrogate, problem, surrogate)),
        ((guide.cleaned < 0) & ~looking, partial(_moved_by_gradient, problem, options.trust)),
        (guide.cleaned >= 0, partial(_cleaned, problem)),
    )
    emissions = []
    for chosen, move in phases:
        rows = chosen.nonzero()[:, 0]
        if not len(rows):
            continue
        moved = move(Guide(*(column[rows] for column in guide)), rows)
        state, emission = _with_counts(problem, options, state, moved)
        emissions.append(emission)
    tally = state.tally._replace(steps=state.tally.steps + 1)
    emission = Emission.joined(emissions)
    return state._replace(tally=tally), emission


def _fresh(problem: Problem, state: State, count: int, random: torch.Generator) -> Guide:
    """New draws of the prior, already moved as far as the surrogate leads them."""
    mean, surrogate = problem.bundle.statistics.mean, surrogate_of(problem, state.weights)
    targets = draw_targets(problem, count, random)
    latents = _drawn(problem, surrogate, targets, random)
    if surrogate is not None:
        latents = _surrogate_steps(problem, surrogate, latents, targets, _FIRST_STEPS)
    numbers = latents.new_zeros(count)
    return Guide(
        latents,
        mean.new_zeros(count, len(mean)),
        targets,
        lengths=numbers + _LONGEST,
        nearest=numbers + torch.inf,
        ages=numbers.long(),
        cleaned=numbers.long() - 1,
    )


@torch.no_grad()
def _drawn(problem: Problem, surrogate: Surrogate | None, targets: Tensor, random: torch.Generator) -> Tensor:
    """One latent for each of the targets (k, m): of several draws, the one whose predicted activation is nearest."""
    prior, (count, neurons) = priors.of(problem.bundle), targets.shape
    choices = 1 if surrogate is None else _CHOICES
    latents = torch.randn(count * choices, prior.dimension, generator=random).to(targets)
    if surrogate is None:
        return latents
    predicted = surrogate.predict(prior.decode(latents)).view(count, choices, neurons)
    apart = ((predicted - targets[:, None]) / problem.deviations.to(targets)).abs().amax(dim=2)
    return latents.view(count, choices, -1)[torch.arange(count), apart.argmin(dim=1)]


def _surrogate_steps(
    problem: Problem, surrogate: Surrogate, latents: Tensor, targets: Tensor, steps: int
) -> Tensor:
    """The latents z after Newton steps towards targets (k, m) of the surrogate."""
    prior, metric = priors.of(problem.bundle), torch.ones_like(latents[0])
    for _ in range(steps):
        values, slope = slopes(lambda z: surrogate.predict(prior.decode(z)), latents)
        move = shortened(minimal_step(slope, targets - values, metric), _LONGEST)
        latents = _rescaled(latents + move, latents)
    return latents


def _rescaled(latents: Tensor, before: Tensor) -> Tensor:
    """The latents scaled to the length that they had before, which is the length that they were drawn with."""
    radii = latents.norm(dim=1, keepdim=True).clamp_min(1e-12)
    kept: Tensor = latents * (before.norm(dim=1, keepdim=True) / radii)
    return kept


def _moved_by_surrogate(problem: Problem, surrogate: Surrogate | None, guide: Guide, rows: Tensor) -> _Moved:
    """The latents after a forward pass and free steps on the surrogate, corrected by its error."""
    assert surrogate is not None  # noqa: S101 - ``step``
    with torch.no_grad():
        codes = priors.of(problem.bundle).decode(guide.latents)
        evaluation = problem.forward(codes)
        offsets = evaluation.activations - surrogate.predict(codes)
    latents = _surrogate_steps(problem, surrogate, guide.latents, guide.targets - offsets, _LATER_STEPS)
    after = guide._replace(nearest=torch.minimum(guide.nearest, _band_distance(problem, evaluation)))
    return _Moved(rows, codes, evaluation, _with_cleaning(problem, after, evaluation, latents), slopes=0)


def _moved_by_gradient(problem: Problem, trust: float, guide: Guide, rows: Tensor) -> _Moved:
    """The latents after one step along the network's gradient in z."""
    latents = guide.latents.detach().requires_grad_()
    codes = priors.of(problem.bundle).decode(latents)
    evaluation = problem.forward(codes)
    slope = jacobian(evaluation.activations, latents)
    with torch.no_grad():
        beyond = _band_distance(problem, evaluation)
        lengths = torch.where(
            beyond > guide.nearest, guide.lengths / 2, (guide.lengths * _GROWTH).clamp_max(trust)
        )
        move = minimal_step(slope, guide.targets - evaluation.activations, torch.ones_like(latents[0]))
        after = _rescaled(latents + shortened(move, lengths), latents).detach()
        guide = guide._replace(lengths=lengths, nearest=torch.minimum(guide.nearest, beyond))
        moved = _with_cleaning(problem, guide, evaluation, after)
    return _Moved(rows, codes.detach(), evaluation, moved, slopes=len(problem.neurons))


def _cleaned(problem: Problem, guide: Guide, rows: Tensor) -> _Moved:
    """The codes after one cleaning step: to E(G(c)) if that is still in band, else back towards the band."""
    statistics, head = problem.bundle.statistics, problem.head
    codes, length = guide.codes, _LONGEST_CLEANING * statistics.typical_norm
    if head is not None:
        with torch.no_grad():
            evaluation = problem.forward(codes)
            targets = guide.targets - (evaluation.activations - head.predict(codes))
        back = codes
        for _ in range(_CLEANING_STEPS):
            values, slope = slopes(head.predict, back)
            back = _stepped(problem, back, slope, targets - values, length)
        computed = 0
    else:
        codes = codes.detach().requires_grad_()
        evaluation = problem.forward(codes)
        slope = jacobian(evaluation.activations, codes)
        with torch.no_grad():
            back = _stepped(problem, codes, slope, guide.targets - evaluation.activations, length)
        computed = len(problem.neurons)
    with torch.no_grad():
        inside = in_band(problem, evaluation.activations)[:, None]
        guide = guide._replace(
            codes=torch.where(inside, evaluation.features, back).detach(), cleaned=guide.cleaned + 1
        )
    return _Moved(rows, codes.detach(), evaluation, guide, computed)


def _stepped(problem: Problem, codes: Tensor, slope: Tensor, change: Tensor, length: Tensor) -> Tensor:
    """The codes after the smallest step, in whitened coordinates, that makes the change."""
    statistics = problem.bundle.statistics
    move = minimal_step(slope, change, statistics.scales.square(), statistics.axes)
    return statistics.bounded(codes + shortened(move, length)).detach()


def _with_cleaning(problem: Problem, guide: Guide, evaluation: Evaluation, latents: Tensor) -> Guide:
    """The guide after a step: latents in band stay and are cleaned from now on, the others move on."""
    inside = in_band(problem, evaluation.activations)
    codes = guide.codes
    if evaluation.cycle is not None:  # else E(x) is no code: whatever is in band is a sample at once
        codes = torch.where(inside[:, None], evaluation.features, codes).detach()
    return guide._replace(
        latents=torch.where(inside[:, None], guide.latents, latents).detach(),
        codes=codes,
        cleaned=torch.where(inside, 0, guide.cleaned),
    )


def _band_distance(problem: Problem, evaluation: Evaluation) -> Tensor:
    """The distance of activations from their bands, in half widths of the worst band: (k,)."""
    return band_constraints(problem, evaluation.activations.detach()).amax(dim=1).relu()


def _with_counts(problem: Problem, options: Options, state: State, moved: _Moved) -> tuple[State, Emission]:
    """The state after emitting samples, replacing ended latents and counting."""
    evaluation, limit = moved.evaluation, problem.bundle.statistics.cycle_limit
    sound, inside = evaluation.finite(), in_band(problem, evaluation.activations)
    valid = (
        torch.ones_like(inside) if limit is None or evaluation.cycle is None else evaluation.cycle <= limit
    )
    done = sound & inside & valid
    guide = moved.guide._replace(ages=moved.guide.ages + 1)
    spent = (guide.ages >= options.looks + options.tries) & (guide.cleaned < 0)
    ended = done | ~sound | spent | (guide.cleaned > options.cleanings)
    emission = emit(evaluation, moved.codes, done, state.tally.steps + 1)
    failed = ended & ~done
    random = generator(state.random)
    if count := int(ended.sum()):
        fresh = _fresh(problem, state, count, random)
        guide = Guide(*(_with_fresh_rows(old, ended, new) for old, new in zip(guide, fresh, strict=True)))
    whole = Guide(*(old.index_copy(0, moved.rows, new) for old, new in zip(state.guide, guide, strict=True)))
    emitted, chosen = len(emission.steps), count * _CHOICES * state.draw_passes
    tally = state.tally.computed(len(moved.rows), moved.slopes)
    tally = tally._replace(
        forward_passes=tally.forward_passes + chosen,
        accepted=tally.accepted + emitted,
        given_up=tally.given_up + int(failed.sum()),
        nonfinite=tally.nonfinite + int((~sound).sum()),
        guided=tally.guided + emitted,
    )
    violated = band_constraints(problem, evaluation.activations.detach())[failed] > 0
    state = state._replace(
        guide=whole,
        random=random.get_state(),
        tally=tally,
        trail=state.trail.after(problem, evaluation.activations.detach(), violated),
        futile=0 if emitted else state.futile + int(failed.sum()),
    )
    return state, emission


def _with_fresh_rows(old: Tensor, ended: Tensor, fresh: Tensor) -> Tensor:
    """The guide with new rows in place of those that ended (k,) bool."""
    new = old.clone()
    new[ended] = fresh.to(old)
    return new
