"""Flows over codes: T integrates a velocity from N(0, I) at t = 0 to natural codes at t = 1 (Lipman et al. 2023); deterministic."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.priors.blocks import ROWS, by_blocks
from inverset.sampler.priors.velocities import MapVelocity, Velocity

V = TypeVar("V", Velocity, MapVelocity)
SOLVER_STEPS = 8  # of the two-step method of Adams and Bashforth, an evaluation of the velocity each
_STEPS_KEY = "solver_steps"  # of a state; those of 2026-11 have none
_LEAST = 1e-4  # of the largest deviation of an entry


@dataclass(frozen=True)
class _OfVelocity(ABC, Generic[V]):
    """A prior whose draws are moved by a velocity."""

    statistics: CodeStatistics
    velocity: V
    steps: int = SOLVER_STEPS  # of the solver; a flow with straight paths needs few

    def decode(self, latents: Tensor) -> Tensor:
        """The codes (k, d) of z (k, dimension)."""
        return by_blocks(self._decoded, latents)

    @abstractmethod
    def _decoded(self, latents: Tensor) -> Tensor:
        """The codes of a block of latents."""

    def state(self) -> dict[str, Tensor]:
        """The velocity's weights, in half precision as they are stored, and the number of the solver's steps."""
        weights = self.velocity.state_dict()
        kept = {name: value.half().cpu().contiguous() for name, value in weights.items()}
        return {**kept, _STEPS_KEY: torch.tensor(self.steps)}


@dataclass(frozen=True)
class Flow(_OfVelocity[Velocity]):
    """A flow over the leading principal axes of codes; along the others they stay Gaussian."""

    name: str = "flow"

    @property
    def dimension(self) -> int:
        """The number of entries of z, one for each principal axis."""
        return len(self.statistics.scales)

    def _decoded(self, latents: Tensor) -> Tensor:
        leading, rest = latents.split([self.velocity.axes, latents.shape[1] - self.velocity.axes], dim=1)
        moved = integrated(self.velocity, leading, self.steps)
        return self.statistics.unwhitened(torch.cat([moved, rest], dim=1))

    @classmethod
    def of_state(cls, statistics: CodeStatistics, state: Mapping[str, Tensor]) -> "Flow":
        """The flow with the weights that ``state`` returned, on the device of the statistics."""
        weights, steps = _split(state)
        return cls(statistics, _fixed(Velocity.of_state(weights), statistics), steps)


@dataclass(frozen=True)
class MapFlow(_OfVelocity[MapVelocity]):
    """A flow over codes that are maps, in the entries' own coordinates."""

    name: str = "map flow"

    @property
    def dimension(self) -> int:
        """The number of entries of z, one for each of a code."""
        return len(self.statistics.mean)

    def _decoded(self, latents: Tensor) -> Tensor:
        places = integrated(self.velocity, latents, self.steps)
        return self.statistics.bounded(self.statistics.mean + entry_scales(self.statistics) * places)

    @classmethod
    def of_state(cls, statistics: CodeStatistics, state: Mapping[str, Tensor]) -> "MapFlow":
        """The flow with the weights that ``state`` returned, on the device of the statistics."""
        weights, steps = _split(state)
        return cls(statistics, _fixed(MapVelocity.of_state(weights), statistics), steps)


def _fixed(velocity: V, statistics: CodeStatistics) -> V:
    """A trained velocity on the device of the statistics."""
    return velocity.to(statistics.mean.device).eval().requires_grad_(requires_grad=False)


def entry_scales(statistics: CodeStatistics) -> Tensor:
    """The deviations (d,) of a code's entries; a little above 0 for entries that do not vary."""
    deviations = statistics.deviations
    return deviations.clamp_min(_LEAST * float(deviations.max()))


def _split(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], int]:
    """The weights in a state, and the number of the solver's steps."""
    weights = dict(state)
    return weights, int(weights.pop(_STEPS_KEY, SOLVER_STEPS))


def integrated(velocity: Velocity | MapVelocity, places: Tensor, steps: int) -> Tensor:
    """The points at t = 1 of the trajectories that start at these points (ROWS, m) at t = 0.

    For as many evaluations, a third to a half of the error of Heun's method (Hairer, Norsett & Wanner 1993, section III.1).
    """
    length, before = 1 / steps, None
    for step in range(steps):
        slope = velocity(places, places.new_full((ROWS,), step * length))
        mean = slope if before is None else 1.5 * slope - 0.5 * before
        places, before = places + length * mean, slope
    return places
