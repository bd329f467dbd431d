"""The figures of the `scenes` networks, as ``figures.json`` and the model card have them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from inverset.contract.encoding import OPTIONAL
from inverset.sampler.priors.worth import Worth


@dataclass(frozen=True)
class VolcanoSpearman:
    """Rank correlations of the volcano logit with factors of natural volcanoes."""

    lava: float
    smoke: float


@dataclass(frozen=True)
class PriorFigures:
    """The quality of the draws of each prior over codes, and of the best that draws could be."""

    kind: str  # of the released one
    ceiling: Worth
    flow: Worth
    mixture: Worth
    gaussian: Worth

    def __iter__(self) -> Iterator[Worth]:
        """All of them, in the order of the card."""
        yield from (self.ceiling, self.flow, self.mixture, self.gaussian)


@dataclass(frozen=True)
class Figures:
    """Figures on held-out images; ``of_mean_code``: with the mean code painted for each."""

    held_out_images: int
    accuracy: float
    mean_absolute_error: float
    of_mean_code: float
    accuracy_on_generated: float
    median_cycle_error: float
    probe_r2: Mapping[str, float]  # factor -> R squared of the witness's estimates
    probe_r2_on_generated: Mapping[str, float]
    volcano_logit_spearman: VolcanoSpearman
    prior: PriorFigures | None = field(default=None, metadata=OPTIONAL)  # None: not measured yet
