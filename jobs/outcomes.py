"""Combines the counts and outcomes of a job's parts."""

from collections.abc import Mapping, Sequence
from typing import Any

from inverset.contract.outcome import REACHED, SPENT, UNREACHABLE
from inverset.contract.question import Target


def moved(total: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """A job's counts after one of its parts moved from ``before`` to ``after``."""
    return {name: total.get(name, 0) + value - before.get(name, 0) for name, value in after.items()}


def merged(
    parts: Sequence[Mapping[str, Any]], targets: Sequence[Target], accepted: int, n: int
) -> dict[str, Any]:
    """The outcome of a job: its parts' reasons, their best activations, and the average constraint counts."""
    if len(parts) == 1:
        return dict(parts[0])
    return {
        "reason": _reason(parts, accepted, n),
        "detail": f"{accepted} of {n} samples in {len(parts)} parts; " + _details(parts),
        "best": closest([part["best"] for part in parts], targets),
        "blocked_by": _shares(parts),
    }


def _reason(parts: Sequence[Mapping[str, Any]], accepted: int, n: int) -> str:
    if accepted >= n:
        return REACHED
    reasons = {part["reason"] for part in parts}
    return UNREACHABLE if UNREACHABLE in reasons else SPENT


def _details(parts: Sequence[Mapping[str, Any]]) -> str:
    """Each detail once, in order."""
    return (
        "; ".join(dict.fromkeys(str(part["detail"]) for part in parts if part["reason"] != REACHED))
        or REACHED
    )


def closest(
    activations: Sequence[Mapping[str, float | None]], targets: Sequence[Target]
) -> dict[str, float | None]:
    """For each neuron the activation nearest to its band among several; None: there is none."""
    best: dict[str, float | None] = {}
    for target in targets:
        values = [value for each in activations if (value := each.get(target.neuron)) is not None]
        best[target.neuron] = min(values, key=target.band.distance, default=None)
    return best


def _shares(parts: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    names = dict.fromkeys(name for part in parts for name in part["blocked_by"])
    return {name: sum(part["blocked_by"].get(name, 0.0) for part in parts) / len(parts) for name in names}
