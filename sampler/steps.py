"""What a method returns after each step: samples, counts, and at the end why it stopped."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from inverset.sampler.lagrangian import constraint_names
from inverset.sampler.problem import Evaluation, Problem, to_uint8

NO_PARENT = -1  # in the place of a sample's number
FORWARD_COST = 0.46  # of a forward pass in gradient evaluations, as measured on `scenes`


class Emission(NamedTuple):
    """The j samples of one step, j >= 0. All tensors are on the CPU."""

    images: Tensor  # (j, 3, h, w) uint8: these bytes are the samples
    codes: Tensor  # c: (j, d)
    features: Tensor  # E(x): (j, e)
    activations: Tensor  # f(x): (j, m)
    steps: Tensor  # (j,) int64: the step that emitted them, from 1
    parents: Tensor  # (j,) int64: the run's sample, from 0, that each walked on from; -1: none
    starts: Tensor  # (j, 3, h, w) uint8: the image that a counterfactual changed; (j, 0) of other methods
    start_activations: Tensor  # (j, m): f of that image; (j, 0) of other methods

    @classmethod
    def joined(cls, several: Iterable["Emission"]) -> "Emission":
        """The samples of several steps, at least one, in their order."""
        return cls(*(torch.cat(columns) for columns in zip(*several, strict=True)))

    def first(self, count: int) -> "Emission":
        """The first samples, at most ``count``."""
        return Emission(*(column[:count] for column in self))


class Tally(NamedTuple):
    """Counts of a run so far."""

    steps: int = 0
    gradient_evaluations: int = 0  # of one code: forward and backward
    forward_passes: float = 0.0  # of one code, without a gradient: FORWARD_COST of an evaluation each; surrogates by their operations
    accepted: int = 0
    given_up: int = 0  # codes that never became samples
    nonfinite: int = 0  # of these, codes that met a value that is not a number
    seconds: float = 0.0  # spent sampling
    drawn: int = 0  # draws of the prior that were screened or evaluated
    # Estimate of how many of these lie in band: the sum of 1 / odds of having been evaluated.
    drawn_in_band: float = 0.0
    drawn_in_band_squares: float = 0.0  # the sum of their squares: how uncertain that estimate is
    guided: int = 0  # samples whose latents were moved into band, so that they are no independent draws

    @property
    def evaluations(self) -> float:
        """The computation so far, in gradient evaluations."""
        return self.gradient_evaluations + FORWARD_COST * self.forward_passes

    def computed(self, count: int, slopes: int) -> "Tally":
        """The tally with ``count`` more codes evaluated, and this many gradients of each: one backward pass a gradient."""
        if slopes == 0:
            return self._replace(forward_passes=self.forward_passes + count)
        backward = (1 - FORWARD_COST) / FORWARD_COST  # of a backward pass, in forward passes
        return self._replace(
            gradient_evaluations=self.gradient_evaluations + count,
            forward_passes=self.forward_passes + count * (slopes - 1) * backward,
        )

    def after(
        self, batch: int, emitted: int, failed: int = 0, nonfinite: int = 0, *, forward: bool = False
    ) -> "Tally":
        """The counts after one more step of ``batch`` codes, ``forward`` without a gradient; only the driver reads the clock."""
        return self._replace(
            steps=self.steps + 1,
            gradient_evaluations=self.gradient_evaluations + (0 if forward else batch),
            forward_passes=self.forward_passes + (batch if forward else 0),
            accepted=self.accepted + emitted,
            given_up=self.given_up + failed,
            nonfinite=self.nonfinite + nonfinite,
        )


class Diagnostics(NamedTuple):
    """For an UNREACHABLE outcome: the activation nearest to each band so far, and how often each constraint was violated."""

    best: Tensor  # (m,) the activation nearest to each band so far
    blocked: Tensor  # (q,) int64: how many abandoned codes violated each constraint

    @classmethod
    def start(cls, problem: Problem, device: torch.device) -> "Diagnostics":
        """Empty diagnostics before the first step."""
        best = torch.full((len(problem.neurons),), torch.nan, device=device)
        return cls(best, torch.zeros(len(constraint_names(problem)), dtype=torch.int64, device=device))

    def after(self, problem: Problem, activations: Tensor, violated: Tensor) -> "Diagnostics":
        """The diagnostics after a step: activations (k, m), and constraints that abandoned codes violated, (j, at most q) bool."""
        low, high = problem.bounds(activations)
        values = torch.cat([self.best[None], activations])
        beyond = torch.maximum(low - values, values - high).nan_to_num(nan=torch.inf)
        nearest = beyond.argmin(dim=0, keepdim=True)
        blocked = self.blocked.clone()
        blocked[: violated.shape[1]] += violated.sum(dim=0)
        return Diagnostics(values.gather(0, nearest)[0], blocked)


class Outcome(NamedTuple):
    """The reason why a run stopped."""

    reason: str  # REACHED, SPENT or UNREACHABLE
    detail: str  # one sentence for people
    best: Mapping[str, float | None]  # neuron -> the activation nearest to its band that was seen
    blocked_by: Mapping[str, float]  # constraint -> share of the given-up codes that violated it


class Step(NamedTuple):
    """One gradient evaluation of the batch."""

    state: "State"
    emission: Emission
    outcome: Outcome | None  # None: not finished


class State(Protocol):
    """The fields that every method's state has; methods add tensors of their own."""

    @property
    def tally(self) -> Tally:
        """The counts of the run so far."""
        ...

    @property
    def trail(self) -> Diagnostics:
        """Diagnostics for an UNREACHABLE outcome."""
        ...


def generator(state: Tensor) -> torch.Generator:
    """The random generator as a method's state left it."""
    random = torch.Generator()
    random.set_state(state)
    return random


def emit(
    evaluation: Evaluation, codes: Tensor, chosen: Tensor, step: int, last: Tensor | None = None
) -> Emission:
    """The samples of the chosen rows (k,) bool of a batch; ``last`` is the sample that each row walked on from, in a walk."""
    parents = torch.full((len(chosen),), NO_PARENT, device=chosen.device) if last is None else last
    return Emission(
        to_uint8(evaluation.images[chosen]),
        codes[chosen].detach().cpu(),
        evaluation.features[chosen].detach().cpu(),
        evaluation.activations[chosen].detach().cpu(),
        torch.full((int(chosen.sum()),), step, dtype=torch.int64),
        parents[chosen].cpu(),
        *without_starts(int(chosen.sum())),
    )


def without_starts(count: int) -> tuple[Tensor, Tensor]:
    """Empty columns ``starts`` and ``start_activations``, for samples that are no counterfactuals."""
    return torch.zeros(count, 0, dtype=torch.uint8), torch.zeros(count, 0)


def walked(last: Tensor, chosen: Tensor, accepted: int) -> Tensor:
    """The newest sample of each row (k,) int64, after the chosen (k,) bool became the samples from number ``accepted`` on."""
    return torch.where(chosen, accepted + chosen.cumsum(0) - 1, last)


def outcome(problem: Problem, state: State, reason: str, detail: str) -> Outcome:
    """The outcome of a run that stops in this state for ``reason``, with diagnostics."""
    given_up = max(1, state.tally.given_up)
    best = [None if value != value else value for value in state.trail.best.tolist()]  # noqa: PLR0124 - NaN: nothing seen
    shares = {
        name: round(count / given_up, 4)
        for name, count in zip(constraint_names(problem), state.trail.blocked.tolist(), strict=True)
    }
    return Outcome(
        reason,
        detail,
        {str(neuron): value for neuron, value in zip(problem.neurons, best, strict=True)},
        {name: share for name, share in shares.items() if share > 0},
    )
