"""Jobs, or galleries, side by side: what was asked of each, its verdict, and every metric in one row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FEWEST, MOST = 2, 6
_WHOSE = (
    "samples",
    "natural",
    "ceiling",
    "jittered",
    "prior",
    "chance",
    "rejection",
)  # the last: chance, as it was called before


@dataclass(frozen=True)
class Compared:
    """One of several that are laid side by side."""

    name: str  # a job's id, or what a gallery is called
    model: str
    spec: Mapping[str, Any]
    ranges: Sequence[Mapping[str, Any]]  # as they were resolved
    accepted: int
    evidence: Mapping[str, Any] | None  # None: nothing was measured (yet)

    @property
    def metrics(self) -> dict[str, Mapping[str, Any]]:
        """What was measured, by its name."""
        return {row["name"]: row for row in (self.evidence or {}).get("metrics", ())}


_ASPECTS: Mapping[str, Callable[[Compared], Any]] = {
    "model": lambda each: each.model,
    "neurons": lambda each: [wanted["neuron"] for wanted in each.ranges],
    "ranges": lambda each: [wanted["range"] and list(wanted["range"]) for wanted in each.ranges],
    "method": lambda each: each.spec.get("method"),
    "options": lambda each: each.spec.get("options"),
    "k": lambda each: each.spec.get("k"),
    "seed": lambda each: each.spec.get("seed"),
    "samples": lambda each: each.accepted,
}


def compare(several: Sequence[Compared]) -> dict[str, Any]:
    """Lay several side by side: ``items``, in what they ``differ``, and ``metrics`` with a value for each of them."""
    return {
        "items": [_described(each) for each in several],
        "differ": [
            name for name, of in _ASPECTS.items() if any(of(each) != of(several[0]) for each in several)
        ],
        "metrics": list(_metrics(several)),
    }


def _described(each: Compared) -> dict[str, Any]:
    evidence = each.evidence or {}
    return {
        "name": each.name,
        "model": each.model,
        "method": each.spec.get("method"),
        "ranges": each.ranges,
        "accepted": each.accepted,
        "trust": evidence.get("trust"),
        "verdict": evidence.get("verdict", []),
        "share_of_nature": evidence.get("share_of_nature"),
        "confounds": evidence.get("confounds"),
    }


def _metrics(several: Sequence[Compared]) -> Iterator[dict[str, Any]]:
    """Every metric that any has, in the order of the first that has it."""
    told = [each.metrics for each in several]
    for name, row in {name: row for rows in told for name, row in rows.items()}.items():
        values = {whose: [rows.get(name, {}).get(whose) for rows in told] for whose in _WHOSE}
        yield {"name": name, "meaning": row["meaning"], **values}
