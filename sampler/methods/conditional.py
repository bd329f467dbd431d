"""The default method: independent draws of the prior, of which those in band are kept. Shows what natural images in band look like.

This is the inverse set's definition with the prior for "natural": { G(c) : c ~ prior, z1 <= f(G(c)) <= z2 } (eq 1). A surrogate, which
costs next to nothing, screens the draws. Where a band is so rare that even that is dear, latents are guided into it; these samples are
natural and in band, but no independent draws (``Tally.guided``).
"""

import torch
from torch import Tensor

from inverset.contract.outcome import UNREACHABLE
from inverset.sampler import priors
from inverset.sampler.codes import takes_images
from inverset.sampler.methods.conditioning import guidance, screening
from inverset.sampler.methods.conditioning.state import Guide, Options, Queue, State
from inverset.sampler.methods.method import Method
from inverset.sampler.problem import Problem
from inverset.sampler.steps import FORWARD_COST, Diagnostics, Emission, Outcome, Tally, outcome
from inverset.sampler.surrogates import coefficients, operations

_DECIDED = 5.0  # samples' worth of evaluations by screening, after which their price is known
_COUNTED = 64  # draws whose operations are counted: a flow computes so many at once
_HOPELESS = 2_000_000  # draws without a sample that mean: unreachable


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:  # noqa: ARG001
    """The initial state: nothing is drawn yet, and the surrogate is fitted."""
    reference, mean, m = problem.bundle.reference, problem.bundle.statistics.mean, len(problem.neurons)
    fits = problem.head is None and reference is not None and takes_images(reference)
    width = priors.of(problem.bundle).dimension
    nothing = mean.new_zeros(0)
    weights = coefficients(problem) if fits else mean.new_zeros(0, m)
    return State(
        tally=Tally(),
        trail=Diagnostics.start(problem, mean.device),
        random=random.get_state(),
        batch=k,
        weights=weights,
        draw_passes=_draw_passes(problem, weights),
        errors=mean.new_zeros(0, 2, m),
        archive=mean.new_zeros(0, problem.feature_count),
        queue=Queue(mean.new_zeros(0, width), torch.zeros(0), torch.zeros(0, dtype=torch.int64)),
        guide=Guide(
            latents=mean.new_zeros(0, width),
            codes=mean.new_zeros(0, len(mean)),
            targets=mean.new_zeros(0, m),
            lengths=nothing,
            nearest=nothing,
            ages=nothing.long(),
            cleaned=nothing.long(),
        ),
        guiding=0,
        screened=0,
        screened_passes=0.0,
        futile=0,
    )


def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """Evaluate the next k draws, or move all guided latents once."""
    if state.guiding:
        return guidance.step(problem, options, state)
    state, emission = screening.step(problem, options, state)
    if _is_dear(options, state):
        state = guidance.begun(problem, state)
    return state, emission


def terminate(problem: Problem, options: Options, state: State) -> Outcome | None:
    """An UNREACHABLE outcome when guided latents, or very many draws, gave no sample."""
    if state.guiding and state.futile >= options.futile * state.batch:
        detail = f"the last {state.futile} guided attempts gave no sample"
        return outcome(problem, state, UNREACHABLE, detail)
    if not state.guiding and state.futile >= _HOPELESS:
        return outcome(problem, state, UNREACHABLE, f"none of the last {state.futile} draws was in the band")
    return None


def _is_dear(options: Options, state: State) -> bool:
    """Whether a sample by screening costs more than guidance is expected to."""
    spent = FORWARD_COST * state.screened_passes
    if screening.is_piloting(options, state) or spent < _DECIDED * options.guide_above:
        return False
    return spent / max(1, state.screened) > options.guide_above


def _draw_passes(problem: Problem, weights: Tensor) -> float:
    """The cost of a draw and its prediction in forward passes of G and the network, by operation counts; at most 1."""
    statistics, prior = problem.bundle.statistics, priors.of(problem.bundle)
    codes = statistics.mean.expand(_COUNTED, -1)
    surrogate = screening.surrogate_of(problem, weights)
    drawn = operations(prior.decode, codes.new_zeros(_COUNTED, prior.dimension))
    predicted = 0 if surrogate is None else operations(surrogate.predict, codes)
    evaluated = _COUNTED * operations(problem.forward, codes[:1])
    return min(1.0, (drawn + predicted) / max(1, evaluated))


METHOD = Method(
    summary="Recommended: shows what natural images in this band look like, by random images that lie in it.",
    default_k=50,
    needs=("band",),
    options=Options,
    state=State,
    init=init,
    step=step,
    terminate=terminate,
)
