"""Parts' counts and reasons, put together as the job's."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from contract.outcome import REACHED, SPENT, UNREACHABLE


def moved(total: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """A job's counts when one of its parts moves on from ``before`` to ``after``."""
    return {name: total.get(name, 0) + value - before.get(name, 0) for name, value in after.items()}


def merged(
    parts: Sequence[Mapping[str, Any]], ranges: Sequence[Mapping[str, Any]], accepted: int, n: int
) -> dict[str, Any]:
    """The outcome of a job: its parts' reasons, their best activations, what blocked them on the average."""
    if len(parts) == 1:
        return dict(parts[0])
    return {
        "reason": _reason(parts, accepted, n),
        "detail": f"{accepted} of {n} samples in {len(parts)} parts; " + _details(parts),
        "best": closest([part["best"] for part in parts], ranges),
        "blocked_by": _shares(parts),
    }


def _reason(parts: Sequence[Mapping[str, Any]], accepted: int, n: int) -> str:
    if accepted >= n:
        return REACHED
    reasons = {part["reason"] for part in parts}
    return UNREACHABLE if UNREACHABLE in reasons else SPENT


def _details(parts: Sequence[Mapping[str, Any]]) -> str:
    """Each once, in their order."""
    return (
        "; ".join(dict.fromkeys(str(part["detail"]) for part in parts if part["reason"] != REACHED))
        or REACHED
    )


def closest(
    found: Sequence[Mapping[str, float | None]], ranges: Sequence[Mapping[str, Any]]
) -> dict[str, float | None]:
    """For each neuron of the ranges, the activation nearest to its band among several; None: nothing was seen of it."""
    best: dict[str, float | None] = {}
    for wanted in ranges:
        low, high = wanted["range"] or (-inf, inf)
        seen = [value for each in found if (value := each.get(wanted["neuron"])) is not None]
        best[wanted["neuron"]] = min(seen, key=lambda value: max(low - value, value - high), default=None)
    return best


def _shares(parts: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    names = dict.fromkeys(name for part in parts for name in part["blocked_by"])
    return {name: sum(part["blocked_by"].get(name, 0.0) for part in parts) / len(parts) for name in names}
