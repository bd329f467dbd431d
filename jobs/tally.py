"""The counts of a job's sampling, as far as the service reads them; rows have them by name, with a method's own beside them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """What sampling has cost and drawn so far."""

    seconds: float = 0.0
    gradient_evaluations: float = 0
    forward_passes: float = 0
    evaluations: float | None = None  # both, in gradient evaluations; None: of an earlier version
    given_up: float = 0
    drawn: float = 0  # images drawn from the prior
    drawn_in_band: float = 0.0  # weights of those in the band
    drawn_in_band_squares: float = 0.0  # of these weights

    @property
    def computed(self) -> float:
        """The computation done, in gradient evaluations; jobs of an earlier version counted nothing else."""
        return self.gradient_evaluations if self.evaluations is None else self.evaluations
