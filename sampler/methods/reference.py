"""The natural images in the band, in random order: the paper's "select all the images in the training set" (section 3.1)."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.outcome import UNREACHABLE
from inverset.sampler.lagrangian import in_band
from inverset.sampler.methods.method import Method
from inverset.sampler.problem import Problem, read_images
from inverset.sampler.steps import NO_PARENT, Diagnostics, Emission, Outcome, Tally, outcome, without_starts


@dataclass(frozen=True)
class Options:
    """The reference method has no options."""


class State(NamedTuple):
    """The position in the shuffled images."""

    tally: Tally
    trail: Diagnostics
    order: Tensor  # (r,) int64 numbers of the natural images in the band
    batch: int  # k
    handed: int


def init(problem: Problem, options: Options, k: int, random: torch.Generator) -> State:  # noqa: ARG001
    """The initial state: the images in band, shuffled."""
    inside = problem.nearest_references[: problem.references_in_band]
    order = inside[torch.randperm(len(inside), generator=random)]
    return State(Tally(), Diagnostics.start(problem, torch.device("cpu")), order, k, handed=0)


def step(problem: Problem, options: Options, state: State) -> tuple[State, Emission]:  # noqa: ARG001
    """Emit the next k images; no gradient is needed."""
    reference = problem.bundle.reference
    assert reference is not None  # noqa: S101 - NEEDS
    rows = state.order[state.handed : state.handed + state.batch]
    images = reference.images(rows.tolist())
    activations, features = (values.cpu() for values in read_images(problem.bundle, problem.neurons, images))
    kept = in_band(problem, activations)
    emission = Emission(
        images[kept],
        reference.invert(rows)[kept],
        features[kept],
        activations[kept],
        torch.full((int(kept.sum()),), state.tally.steps + 1, dtype=torch.int64),
        torch.full((int(kept.sum()),), NO_PARENT, dtype=torch.int64),
        *without_starts(int(kept.sum())),
    )
    state = state._replace(
        tally=state.tally.after(0, len(emission.steps)),
        trail=state.trail.after(problem, activations, torch.zeros(0, 0, dtype=torch.bool)),
        handed=state.handed + len(rows),
    )
    return state, emission


def terminate(problem: Problem, options: Options, state: State) -> Outcome | None:  # noqa: ARG001
    """An UNREACHABLE outcome once all images were emitted."""
    if state.handed < len(state.order):
        return None
    return outcome(
        problem, state, UNREACHABLE, f"there are only {state.tally.accepted} natural images in the band"
    )


METHOD = Method(
    summary="Shows the natural images in the band themselves; no generator.",
    default_k=100,
    needs=("band", "references"),
    options=Options,
    state=State,
    init=init,
    step=step,
    terminate=terminate,
)
