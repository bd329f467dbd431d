"""Why a run stops."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from inverset.contract.decoding import decode

REACHED, SPENT, UNREACHABLE = "reached n", "budget spent", "unreachable"


@dataclass(frozen=True)
class Outcome:
    """The reason why a job or one of its parts ended."""

    reason: str  # REACHED, SPENT or UNREACHABLE
    detail: str = ""  # one sentence for people
    best: Mapping[str, float | None] = field(
        default_factory=dict
    )  # neuron -> the activation nearest to its band
    blocked_by: Mapping[str, float] = field(default_factory=dict)  # constraint -> share of the given-up codes

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        """The outcome in some JSON. Raises ``decoding.Malformed`` if it has another shape."""
        return decode(cls, described)
