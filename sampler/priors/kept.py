"""Converts priors of every kind to tensors and back."""

from collections.abc import Mapping

from torch import Tensor

from inverset.sampler.bundle import CodeStatistics, Prior
from inverset.sampler.priors.flow import Flow
from inverset.sampler.priors.gaussian import Gaussian
from inverset.sampler.priors.mixture import Mixture


def state(prior: Prior) -> dict[str, Tensor]:
    """The prior's tensors beside the code statistics, on the CPU; a flow's weights in half precision.

    Raises:
        ValueError: it is of no known kind.
    """
    if isinstance(prior, Flow | Mixture):
        return prior.state()
    if isinstance(prior, Gaussian):
        return {}
    raise ValueError(f"{prior.name} is no kind of prior that can be kept")


def restored(kind: str, statistics: CodeStatistics, tensors: Mapping[str, Tensor]) -> Prior:
    """The prior with the tensors that ``state`` returned, on the device of the statistics.

    Raises:
        ValueError: there is no such kind.
    """
    if kind == Flow.name:
        return Flow.of_state(statistics, tensors)
    if kind == Mixture.name:
        return Mixture.of_state(statistics, tensors)
    if kind == Gaussian.name:
        return Gaussian(statistics)
    raise ValueError(f"there is no prior of the kind {kind!r}")
