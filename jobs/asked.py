"""What is read of a posted body where it is stored: rows keep it whole, as it was sent and filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inverset.contract.question import Budget


@dataclass(frozen=True)
class JobAsked:
    """The settings of a job that no column of its own has."""

    seed: int
    options: Mapping[str, Any]  # of its method
    budget: Budget
    retention_days: int | None = None
    webhook: str | None = None


@dataclass(frozen=True)
class OpenNeuron:
    """A neuron of a sweep's body; one of all has a place that is left open, None."""

    neuron: str | None = None
    range: Any = None


@dataclass(frozen=True)
class SweepAsked:
    """The question of a sweep, and what it varies."""

    model: str
    neurons: tuple[OpenNeuron, ...]
    vary: Mapping[str, Any] = field(default_factory=dict)  # "range" or "neuron" -> the values

    @property
    def over_bands(self) -> bool:
        """Whether it is over bands of a neuron; else it is over neurons."""
        return "range" in self.vary

    @property
    def open_index(self) -> int:
        """The position of the neuron that is varied, or whose band is."""
        left = [each.range if self.over_bands else each.neuron for each in self.neurons]
        return left.index(None) if None in left else 0
