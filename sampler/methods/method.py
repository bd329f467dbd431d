"""The type of a method: a declared value, so that mypy checks every method's parts against each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import torch

from inverset.sampler.problem import Problem
from inverset.sampler.steps import Emission, Outcome, State

Need = Literal["band", "references", "inverse"]
OptionsT = TypeVar("OptionsT")
StateT = TypeVar("StateT", bound=State)


@dataclass(frozen=True)
class Method(Generic[OptionsT, StateT]):
    """A way to sample, step by step. It keeps nothing between calls: everything is in its state.

    The same state gives the same next state and the same samples, bit for bit on the same device, so that a run can stop after any
    step, be saved, and go on elsewhere.
    """

    summary: str  # one line for people
    default_k: int  # codes at once
    needs: tuple[Need, ...]  # what of the job or the model it cannot do without, see ``lacking``
    options: type[OptionsT]  # a dataclass of ``option`` fields, which describe themselves to clients
    state: type[StateT]  # a NamedTuple of tensors, numbers and such tuples: the checkpoint

    init: Callable[[Problem, OptionsT, int, torch.Generator], StateT]
    """Start k codes with the randomness of a seed."""

    step: Callable[[Problem, OptionsT, StateT], tuple[StateT, Emission]]
    """Evaluate the batch once; returns the next state and what became samples (none, as a rule, at first)."""

    terminate: Callable[[Problem, OptionsT, StateT], Outcome | None]
    """Why the method itself stops, if it does; n and budget are the driver's to watch."""
