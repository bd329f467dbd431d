"""A question to a model, with every name canonical and every number worked out: one value from the request to the manifest.

A ``JobSpec`` is made a ``Question`` once (``inverset.contract.resolution.resolve``); a job's row gives it back (``Job.question``), a claim
has the part's share of it, the sampler answers it, and a manifest records it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self, TypedDict

from inverset.contract.decoding import Malformed
from inverset.contract.errors import ProblemError

INVERSE_SET, INTERSECTION = "inverse set", "intersection"


class BadBand(ProblemError):
    """The band is empty or not finite."""


@dataclass(frozen=True)
class Band:
    """The activations asked for: low <= f(x) <= high (eq 1)."""

    low: float  # z1
    high: float  # z2

    @classmethod
    def of(cls, pair: Sequence[float] | None) -> Self:
        """The band [low, high]; None: any activation will do. Raises BadBand as the class itself does."""
        return cls(-math.inf, math.inf) if pair is None else cls(*pair)

    @property
    def pair(self) -> list[float] | None:
        """[low, high]; None where any activation will do."""
        return None if self.is_open else [self.low, self.high]

    @property
    def is_open(self) -> bool:
        """Whether no band was asked for."""
        return (self.low, self.high) == (-math.inf, math.inf)

    @property
    def width(self) -> float | None:
        """The width in activations; None if any activation will do."""
        return None if self.is_open else self.high - self.low

    def distance(self, value: float) -> float:
        """The distance of an activation beyond the nearer end; negative within the band."""
        return max(self.low - value, value - self.high)

    def overlaps(self, other: "Band") -> bool:
        """Whether two bands have an activation in common."""
        return max(self.low, other.low) <= min(self.high, other.high)

    def __str__(self) -> str:
        """``2 to 5``; ``any activation`` where no band was asked for."""
        return "any activation" if self.is_open else f"{self.low:.4g} to {self.high:.4g}"

    def __post_init__(self) -> None:
        """Raise BadBand if the band is empty or not finite.

        Raises:
            BadBand: only one end is finite or one is no number, or low is not below high.
        """
        if self.is_open:
            return
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise BadBand(f"the range {self.low} to {self.high} is not finite")
        if self.low >= self.high:
            raise BadBand(
                f"the range {self.low} to {self.high} is reversed or empty; give the lower end first"
            )


class TargetJson(TypedDict):
    """A target in JSON."""

    neuron: str
    range: list[float] | None  # None: any activation


@dataclass(frozen=True)
class Target:
    """A neuron and the band that its activation is to lie in."""

    neuron: str  # its canonical name
    band: Band

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        """The target in JSON ``{"neuron": NAME, "range": [low, high]}``, whose range may be None."""
        return cls(described["neuron"], Band.of(described.get("range")))

    @classmethod
    def from_json(cls, described: object) -> Self:
        """The target in untrusted JSON. Raises ``decoding.Malformed`` if it has another shape."""
        if not isinstance(described, Mapping) or not isinstance(described.get("neuron"), str):
            raise Malformed("it names no neuron")
        if "range" not in described:
            raise Malformed("it is missing", "range")
        if not _is_pair(described["range"]):
            raise Malformed("it must be two numbers, the lower one first, or null", "range")
        return cls.of(described)

    def to_json(self) -> TargetJson:
        """``{"neuron": NAME, "range": [low, high] or None}``."""
        return {"neuron": self.neuron, "range": self.band.pair}

    def __str__(self) -> str:
        """``fc8:volcano in 2 to 5``; ``fc8:volcano at any activation``."""
        return f"{self.neuron} {'at' if self.band.is_open else 'in'} {self.band}"


@dataclass(frozen=True)
class Budget:
    """When to stop early; samples made by then are kept."""

    gradient_evaluations: int | None = None
    seconds: float | None = None  # of sampling; the one limit that depends on the machine

    def share(self, part: float) -> "Budget":
        """The budget of a part with this share, 0 to 1; at least one evaluation."""
        evaluations = self.gradient_evaluations
        return Budget(
            None if evaluations is None else max(1, round(evaluations * part)),
            None if self.seconds is None else self.seconds * part,
        )


@dataclass(frozen=True)
class Question:
    """A question: which images to sample of which model, by which method, and how many."""

    model: str
    sha256: str  # of its weights
    targets: tuple[Target, ...]
    method: str
    n: int  # samples
    k: int  # codes moved at once
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # of the method
    budget: Budget = Budget()

    @property
    def kind(self) -> str:
        """The kind of its samples."""
        return kind(len(self.targets))

    @property
    def neurons(self) -> tuple[str, ...]:
        """The canonical names of its neurons."""
        return names(self.targets)

    @property
    def ranges(self) -> list[TargetJson]:
        """The targets as JSON."""
        return [target.to_json() for target in self.targets]

    def part(self, n: int, seed: int) -> "Question":
        """The question for ``n`` of its samples, with their share of the budget."""
        return replace(self, n=n, seed=seed, budget=self.budget.share(n / self.n))

    def settings(self) -> dict[str, Any]:
        """Method, options, n, k, seed and budget, as in the JSON of a job."""
        return {
            "method": self.method,
            "options": dict(self.options),
            "n": self.n,
            "k": self.k,
            "seed": self.seed,
            "budget": asdict(self.budget),
        }


def _is_pair(described: object) -> bool:
    """Whether a JSON value is a band, or null."""
    if described is None:
        return True
    if not isinstance(described, list | tuple) or len(described) != 2:
        return False
    if not all(isinstance(end, int | float) and math.isfinite(end) for end in described):
        return False
    return bool(described[0] < described[1])


def targets(described: Iterable[Mapping[str, Any]]) -> tuple[Target, ...]:
    """The targets in JSON ``[{"neuron": NAME, "range": [low, high] or None}]``. Raises BadBand as ``Band`` does."""
    return tuple(map(Target.of, described))


def names(several: Iterable[Target]) -> tuple[str, ...]:
    """The canonical names of the targets' neurons, in order."""
    return tuple(target.neuron for target in several)


def describe(several: Iterable[Target]) -> str:
    """Targets in words: ``fc8:volcano in 2 to 5 and conv5:3 at any activation``."""
    return " and ".join(map(str, several))


def kind(neurons: int) -> str:
    """The kind of the samples of a question with so many neurons."""
    return INVERSE_SET if neurons == 1 else INTERSECTION
