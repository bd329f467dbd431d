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
_SOLVER_STEPS = 4  # of Heun's method
_LEAST = 1e-4  # of the largest deviation of an entry


@dataclass(frozen=True)
class _OfVelocity(ABC, Generic[V]):
    """A prior whose draws are moved by a velocity."""

    statistics: CodeStatistics
    velocity: V

    def decode(self, latents: Tensor) -> Tensor:
        """The codes (k, d) of z (k, dimension)."""
        return by_blocks(self._decoded, latents)

    @abstractmethod
    def _decoded(self, latents: Tensor) -> Tensor:
        """The codes of a block of latents."""

    def state(self) -> dict[str, Tensor]:
        """The velocity's weights, in half precision as they are stored."""
        return {name: value.half().cpu().contiguous() for name, value in self.velocity.state_dict().items()}


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
        return self.statistics.unwhitened(torch.cat([_integrated(self.velocity, leading), rest], dim=1))

    @classmethod
    def of_state(cls, statistics: CodeStatistics, state: Mapping[str, Tensor]) -> "Flow":
        """The flow with the weights that ``state`` returned, on the device of the statistics."""
        return cls(statistics, _fixed(Velocity.of_state(state), statistics))


@dataclass(frozen=True)
class MapFlow(_OfVelocity[MapVelocity]):
    """A flow over codes that are maps, in the entries' own coordinates."""

    name: str = "map flow"

    @property
    def dimension(self) -> int:
        """The number of entries of z, one for each of a code."""
        return len(self.statistics.mean)

    def _decoded(self, latents: Tensor) -> Tensor:
        places = _integrated(self.velocity, latents)
        return self.statistics.bounded(self.statistics.mean + entry_scales(self.statistics) * places)

    @classmethod
    def of_state(cls, statistics: CodeStatistics, state: Mapping[str, Tensor]) -> "MapFlow":
        """The flow with the weights that ``state`` returned, on the device of the statistics."""
        return cls(statistics, _fixed(MapVelocity.of_state(state), statistics))


def _fixed(velocity: V, statistics: CodeStatistics) -> V:
    """A trained velocity on the device of the statistics."""
    return velocity.to(statistics.mean.device).eval().requires_grad_(requires_grad=False)


def entry_scales(statistics: CodeStatistics) -> Tensor:
    """The deviations (d,) of a code's entries; a little above 0 for entries that do not vary."""
    deviations = statistics.deviations
    return deviations.clamp_min(_LEAST * float(deviations.max()))


def _integrated(velocity: Velocity | MapVelocity, places: Tensor) -> Tensor:
    """The points at t = 1 of the trajectories that start at these points (ROWS, m) at t = 0."""
    length = 1 / _SOLVER_STEPS
    for step in range(_SOLVER_STEPS):
        start, end = (places.new_full((ROWS,), (step + offset) * length) for offset in (0, 1))
        slope = velocity(places, start)
        ahead = velocity(places + length * slope, end)
        places = places + length * (slope + ahead) / 2
    return places
