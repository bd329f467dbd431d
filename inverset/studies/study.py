"""A study: conditions to sample under, and the paper's claim about the result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from inverset.contract.answers import OutcomeAnswer

Ends = tuple[
    float, float
]  # up to 1 quantiles of natural images' activations; 1.15 is 15 % beyond the largest


class Numbers(NamedTuple):
    """A band in the network's own numbers."""

    low: float
    high: float


@dataclass(frozen=True)
class Condition:
    """One row of the picture: the bands, by the place of a neuron in the study, and how to sample them."""

    bands: tuple[
        tuple[int, Ends | Numbers], ...
    ]  # the neuron's place in the study, and its band; several: an intersection
    method: str | None = None  # None: the one that the user names
    name: str = ""  # where the method does not say what is special about the row
    options: Mapping[str, Any] = field(default_factory=dict)
    seeds: int | None = None  # the paper's K; None: the method has no seeds
    at_once: bool = False  # all n are moved at once
    drawn: int | None = None  # so many are drawn, of which n are kept; None: n


class Figured(Protocol):
    """A row's figures, from which claims are checked."""

    @property
    def condition(self) -> Condition: ...
    @property
    def neurons(self) -> Sequence[str]: ...
    @property
    def ranges(self) -> Sequence[Sequence[float] | None]: ...
    @property
    def outcome(self) -> OutcomeAnswer: ...
    @property
    def figures(self) -> Mapping[str, float | None]: ...
    @property
    def natural(self) -> Mapping[str, float | None]: ...
    @property
    def ceiling(self) -> Mapping[str, float | None]: ...
    @property
    def scales(self) -> Mapping[str, float]: ...
    @property
    def doubt(self) -> str | None: ...


Word = Literal["agrees", "agrees in part", "does not agree", "cannot be told"]


class Agreement(NamedTuple):
    """Whether the result agrees with the paper."""

    word: Word
    reasons: Sequence[str]  # with the numbers that the word rests on


Claim = Callable[[Sequence[Figured]], Agreement]


@dataclass(frozen=True)
class Study:
    """One figure or table of the paper."""

    title: str
    paper: str  # what the paper says
    differs: str  # how what is asked here is not what the paper asked, beyond network and bands
    neurons: tuple[str, ...]  # of its model
    conditions: tuple[Condition, ...]
    shown: tuple[str, ...]  # figures that the page shows; the files have all
    claim: Claim
    places: int  # how many neurons the conditions name
    papers_n: int | None = None  # samples a row in the paper; None: it does not say
    model: str = "scenes"
    of_own: str = ""  # the same of its own neurons and model; not said where the user names others

    @property
    def open_to_methods(self) -> bool:
        """Whether the user may choose the method: the study does not compare methods itself."""
        return any(condition.method is None for condition in self.conditions)
