"""Combines the counts and outcomes of a job's parts."""

from collections.abc import Mapping, Sequence

from inverset.contract.outcome import REACHED, SPENT, UNREACHABLE, Outcome
from inverset.contract.question import Target

Counts = Mapping[str, float]  # by name


def moved(total: Counts, before: Counts, after: Counts) -> dict[str, float]:
    """A job's counts after one of its parts moved from ``before`` to ``after``."""
    return {name: total.get(name, 0) + value - before.get(name, 0) for name, value in after.items()}


def merged(parts: Sequence[Outcome], targets: Sequence[Target], accepted: int, n: int) -> Outcome:
    """The outcome of a job: its parts' reasons, their best activations, and the average constraint counts."""
    if len(parts) == 1:
        return parts[0]
    return Outcome(
        _reason(parts, accepted, n),
        f"{accepted} of {n} samples in {len(parts)} parts; " + _details(parts),
        closest([part.best for part in parts], targets),
        _shares(parts),
    )


def _reason(parts: Sequence[Outcome], accepted: int, n: int) -> str:
    if accepted >= n:
        return REACHED
    return UNREACHABLE if any(part.reason == UNREACHABLE for part in parts) else SPENT


def _details(parts: Sequence[Outcome]) -> str:
    """Each detail once, in order."""
    return "; ".join(dict.fromkeys(part.detail for part in parts if part.reason != REACHED)) or REACHED


def closest(
    activations: Sequence[Mapping[str, float | None]], targets: Sequence[Target]
) -> dict[str, float | None]:
    """For each neuron the activation nearest to its band among several; None: there is none."""
    best: dict[str, float | None] = {}
    for target in targets:
        values = [value for each in activations if (value := each.get(target.neuron)) is not None]
        best[target.neuron] = min(values, key=target.band.distance, default=None)
    return best


def _shares(parts: Sequence[Outcome]) -> dict[str, float]:
    names = dict.fromkeys(name for part in parts for name in part.blocked_by)
    return {name: sum(part.blocked_by.get(name, 0.0) for part in parts) / len(parts) for name in names}
