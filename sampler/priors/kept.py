"""Converts priors of every kind to tensors and back."""

from collections.abc import Mapping
from typing import Protocol, Self

from torch import Tensor

from inverset.sampler.bundle import CodeStatistics, Prior
from inverset.sampler.priors.flow import Flow, MapFlow
from inverset.sampler.priors.gaussian import Gaussian
from inverset.sampler.priors.mixture import Mixture


class Kept(Prior, Protocol):
    """A prior that can be stored."""

    def state(self) -> dict[str, Tensor]:
        """The prior's tensors beside the code statistics, on the CPU."""
        ...

    @classmethod
    def of_state(cls, statistics: CodeStatistics, state: Mapping[str, Tensor]) -> Self:
        """The prior with the tensors that ``state`` returned, on the device of the statistics."""
        ...


KINDS: Mapping[str, type[Kept]] = {  # by their names
    "flow": Flow,
    "map flow": MapFlow,
    "mixture": Mixture,
    "gaussian": Gaussian,
}


def state(prior: Prior) -> dict[str, Tensor]:
    """The prior's tensors beside the code statistics, on the CPU; a flow's weights in half precision.

    Raises:
        ValueError: it is of no known kind.
    """
    for kind in KINDS.values():
        if isinstance(prior, kind):
            return prior.state()
    raise ValueError(f"{prior.name} is not a kind of prior that can be stored")


def restored(kind: str, statistics: CodeStatistics, tensors: Mapping[str, Tensor]) -> Prior:
    """The prior with the tensors that ``state`` returned, on the device of the statistics.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no prior of the kind {kind!r}")
    return KINDS[kind].of_state(statistics, tensors)
