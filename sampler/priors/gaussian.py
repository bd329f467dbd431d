"""The prior without any learning: a Gaussian by the code statistics."""

from dataclasses import dataclass

from torch import Tensor

from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.priors.blocks import by_blocks


@dataclass(frozen=True)
class Gaussian:
    """c = project(mean + V diag(scales) z), z ~ N(0, I); the projection keeps the code's own bounds."""

    statistics: CodeStatistics
    name: str = "gaussian"

    @property
    def dimension(self) -> int:
        """One entry a principal axis."""
        return len(self.statistics.scales)

    def decode(self, latents: Tensor) -> Tensor:
        """Codes (k, d) of z (k, dimension)."""
        if self.statistics.axes is None:  # each entry by itself
            return self.statistics.unwhitened(latents)
        return by_blocks(self.statistics.unwhitened, latents)
