"""Many samples in a few bytes each: indices as runs, and a column of activations per neuron."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from sqlalchemy.orm import Session

from inverset.contract.evidence import NO_EVIDENCE, Evidence
from inverset.contract.manifest import Manifest
from inverset.jobs import samples

DIGITS = 5  # of an activation: enough to look at, and the manifest has them all
Run = tuple[int, int]  # the first number, and how many follow one another from it
Readings = Mapping[str, float]  # of one image, by neuron


class Columns(NamedTuple):
    """Indices and activations of many samples."""

    indices: Sequence[int]
    activations: Mapping[str, Sequence[float]]  # by neuron, in the order of the indices
    starts: Mapping[str, Sequence[float]] | None = (
        None  # of what counterfactuals began as; None: these are none
    )

    @classmethod
    def of(cls, readings: Iterable[tuple[int, Readings, Readings | None]], neurons: Sequence[str]) -> Self:
        """Columns of samples given as index, activations, and activations of a counterfactual's start."""
        rows = list(readings)
        began = [start for _, _, start in rows if start is not None]
        return cls(
            [index for index, _, _ in rows],
            {name: [read[name] for _, read, _ in rows] for name in neurons},
            {name: [read[name] for read in began] for name in neurons}
            if began and len(began) == len(rows)
            else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The columns in JSON, in the order of the neurons."""
        started = {} if self.starts is None else {"starts": _rounded(self.starts)}
        return {"runs": runs(self.indices), "activations": _rounded(self.activations), **started}


def of_job(
    session: Session, job_id: str, neurons: Sequence[str], *, after: int = -1, limit: int | None = None
) -> Columns:
    """Columns of a job's samples after an index. Raises NotFound if there is no such job."""
    return Columns.of(samples.readings(session, job_id, after, limit), neurons)


def of_manifest(manifest: Manifest) -> Columns:
    """Columns of all samples in a manifest, in its order."""
    rows = ((each.index, each.activations, each.start_activations) for each in manifest.samples)
    return Columns.of(rows, manifest.neurons)


def of_kinds(evidence: Evidence | None) -> list[list[Run]] | None:
    """The indices of each kind's samples, as runs; None: not known."""
    division = (evidence or NO_EVIDENCE).facets
    if division is None or any(each.samples is None for each in division.facets):
        return None
    return [runs(each.samples or ()) for each in division.facets]


def _rounded(columns: Mapping[str, Sequence[float]]) -> list[list[float]]:
    return [[float(f"{value:.{DIGITS}g}") for value in each] for each in columns.values()]


def runs(numbers: Iterable[int]) -> list[Run]:
    """Rising numbers as runs: 0 1 2 5 as (0, 3) (5, 1)."""
    spans: list[Run] = []
    for number in numbers:
        if spans and number == sum(spans[-1]):
            spans[-1] = spans[-1][0], spans[-1][1] + 1
        else:
            spans.append((number, 1))
    return spans
