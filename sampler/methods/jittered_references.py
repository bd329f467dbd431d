"""A baseline: codes of reference images in band, with noise added and painted by G; those still in band are kept.

It shows what the references show and takes forward passes only. What it lacks is what no reference in band holds.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.options import option
from inverset.contract.outcome import UNREACHABLE
from inverset.sampler.codes import takes_images, to_codes, to_coordinates
from inverset.sampler.lagrangian import band_constraints, in_band
from inverset.sampler.methods.method import Method
from inverset.sampler.problem import Problem, ProblemError
from inverset.sampler.steps import Diagnostics, Emission, Outcome, Tally, emit, generator, outcome


@dataclass(frozen=True)
class Options:
    """Options of the jittered-references method."""

    noise: float = option(
        0.2,
        "standard deviation of the noise along each principal axis, in standard deviations of natural codes",
        0,
        10,
    )
    futile: int = option(
        2000, "stop after this many images without a sample: the band is unreachable", 1, 10_000_000
    )


class State(NamedTuple):
    """Counts only: each draw is new."""

    tally: Tally
    trail: Diagnostics
    random: Tensor
    batch: int  # k
    futile: int  # paintings since the last sample
    inside: int  # reference images in band


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:  # noqa: ARG001
    """The initial state: nothing is painted yet.

    Raises:
        ProblemError: there are no codes that G makes reference images of.
    """
    reference = problem.bundle.reference
    assert reference is not None  # noqa: S101 - NEEDS
    if not takes_images(reference):
        raise ProblemError(f"{problem.bundle.name} has no codes of its natural images to add noise to")
    trail = Diagnostics.start(problem, problem.bundle.statistics.mean.device)
    return State(Tally(), trail, random.get_state(), k, futile=0, inside=problem.references_in_band)


@torch.no_grad()
def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:
    """Paint k codes and emit those in band. If no reference is in band, the nearest are evaluated, and none becomes a sample."""
    random = generator(state.random)
    codes = _codes(problem, options, state.batch, random)
    evaluation = problem.forward(codes)
    sound = evaluation.finite()
    kept = in_band(problem, evaluation.activations) & sound & (state.inside > 0)
    emission = emit(evaluation, codes, kept, state.tally.steps + 1)
    emitted, failed = len(emission.steps), int((~kept).sum())
    violated = band_constraints(problem, evaluation.activations)[~kept] > 0
    state = state._replace(
        tally=state.tally.after(len(codes), emitted, failed, int((~sound).sum()), forward=True),
        trail=state.trail.after(problem, evaluation.activations, violated),
        random=random.get_state(),
        futile=0 if emitted else state.futile + len(codes),
    )
    return state, emission


def _codes(problem: Problem, options: Options, count: int, random: torch.Generator) -> Tensor:
    """Noisy codes (count, d) of random reference images in band, or of the nearest ones if none is."""
    reference = problem.bundle.reference
    assert reference is not None  # noqa: S101 - NEEDS
    pool = problem.nearest_references[: problem.references_in_band or count]
    rows = pool[torch.randint(len(pool), (count,), generator=random)]
    coordinates = to_coordinates(problem, reference.invert(rows))
    noise = torch.randn(coordinates.shape, generator=random).to(coordinates)
    return to_codes(problem, coordinates + options.noise * noise)


def terminate(problem: Problem, options: Options, state: State) -> Outcome | None:
    """An UNREACHABLE outcome if no reference is in band, or after this many draws without a sample."""
    if not state.inside:
        return outcome(problem, state, UNREACHABLE, "no natural image is in the band")
    if state.futile < options.futile:
        return None
    return outcome(problem, state, UNREACHABLE, f"none of the last {state.futile} images was in the band")


METHOD = Method(
    summary="A baseline: natural images in the band with a little noise, through the generator.",
    default_k=50,
    needs=("band", "references"),
    options=Options,
    state=State,
    init=init,
    step=step,
    terminate=terminate,
)
