"""The prior without training: a Gaussian with the code statistics."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.priors.blocks import by_blocks


@dataclass(frozen=True)
class Gaussian:
    """The Gaussian prior c = project(mean + V diag(scales) z), z ~ N(0, I); the projection clips to the code's own bounds."""

    statistics: CodeStatistics
    name: str = "gaussian"

    @property
    def dimension(self) -> int:
        """The number of entries of z, one for each principal axis."""
        return len(self.statistics.scales)

    def decode(self, latents: Tensor) -> Tensor:
        """The codes (k, d) of z (k, dimension)."""
        if self.statistics.axes is None:  # entries are independent
            return self.statistics.unwhitened(latents)
        return by_blocks(self.statistics.unwhitened, latents)

    def state(self) -> dict[str, Tensor]:
        """Nothing: the code statistics say all."""
        return {}

    @classmethod
    def of_state(cls, statistics: CodeStatistics, state: Mapping[str, Tensor]) -> "Gaussian":  # noqa: ARG003
        """The Gaussian of these statistics."""
        return cls(statistics)
