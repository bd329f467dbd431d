"""Many samples in a few bytes each: their numbers as runs, and a column of activations for every neuron."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from sqlalchemy.orm import Session

from jobs import samples

DIGITS = 5  # of an activation: enough to look at, and the manifest has them all
Run = tuple[int, int]  # the first number, and how many follow one another from it


class Columns(NamedTuple):
    """Samples by their numbers."""

    indices: Sequence[int]
    activations: Mapping[str, Sequence[float]]  # by neuron, in the order of the indices

    @classmethod
    def of(cls, found: Iterable[tuple[int, Mapping[str, float]]], neurons: Sequence[str]) -> Self:
        """Of each sample its number and its activations."""
        rows = list(found)
        return cls([index for index, _ in rows], {name: [read[name] for _, read in rows] for name in neurons})

    def told(self) -> dict[str, Any]:
        """As JSON has them, activations in the order of the neurons."""
        rounded = [[float(f"{value:.{DIGITS}g}") for value in each] for each in self.activations.values()]
        return {"runs": runs(self.indices), "activations": rounded}


def of_job(
    session: Session, job_id: str, neurons: Sequence[str], *, after: int = -1, limit: int | None = None
) -> Columns:
    """A job's samples after a number. Raises NotFound where there is no such job."""
    return Columns.of(samples.readings(session, job_id, after, limit), neurons)


def of_manifest(told: Mapping[str, Any]) -> Columns:
    """A whole gallery's."""
    neurons = [wanted["neuron"] for wanted in told["ranges"]]
    return Columns.of(((each["index"], each["activations"]) for each in told["samples"]), neurons)


def runs(numbers: Iterable[int]) -> list[Run]:
    """Rising numbers as runs: 0 1 2 5 as (0, 3) (5, 1)."""
    found: list[Run] = []
    for number in numbers:
        if found and number == sum(found[-1]):
            found[-1] = found[-1][0], found[-1][1] + 1
        else:
            found.append((number, 1))
    return found
