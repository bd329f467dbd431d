"""The service's answers on jobs and sweeps, as typed values for clients; on samples it answers what a ``SampleRecord`` holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from inverset.contract.catalogue import MethodCard, NeuronStatistics
from inverset.contract.decoding import decode
from inverset.contract.evidence import ShareOfNature
from inverset.contract.manifest import NamedModel
from inverset.contract.neurons import Layer
from inverset.contract.question import Target, describe
from inverset.contract.waiting import REASONS

SUCCEEDED, RUNNING, QUEUED = "succeeded", "running", "queued"
_WORTH_A_WORD = frozenset({"paused", "no worker"})  # reasons to wait that are shown in a line


class _Answer:
    """An answer of the service."""

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        """The answer in some JSON. Raises ``decoding.Malformed`` if it has another shape."""
        return decode(cls, described)


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    accepted: int
    n: int
    evaluations: float = 0.0
    given_up: float = 0
    seconds: float = 0.0  # of sampling
    eta_seconds: float | None = None


@dataclass(frozen=True)
class QueuePlace:
    """Where a job stands in the queue."""

    ahead: int = 0
    reason: str | None = None  # why it is not known when it starts
    about: bool = False  # ``ahead`` is an estimate

    @property
    def why(self) -> str:
        """The reason in words, if it needs saying."""
        return REASONS[self.reason] if self.reason in _WORTH_A_WORD else ""


@dataclass(frozen=True)
class OutcomeAnswer:
    """Why a job ended."""

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Settings:
    """The settings of a job, beside its neurons."""

    method: str
    k: int
    seed: int


@dataclass(frozen=True)
class JobAnswer(_Answer):
    """The service's answer on a job."""

    id: str
    state: str
    progress: Progress
    targets: tuple[Target, ...] = field(metadata={"key": "ranges"})
    kind: str = ""
    created: str = ""
    model: NamedModel | None = None
    spec: Settings | None = None
    cancel_requested: bool = False
    outcome: OutcomeAnswer | None = None
    share_of_nature: ShareOfNature | None = None
    queue: QueuePlace | None = None
    error: str | None = None
    finished: str | None = None
    name: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    starred: bool = False
    trust: str | None = None

    @property
    def label(self) -> str:
        """The star, the name and the tags in a line; empty: there are none."""
        parts = ["★" if self.starred else "", self.name, *(f"#{tag}" for tag in self.tags)]
        return " ".join(filter(None, parts))

    @property
    def asked(self) -> str:
        """The neurons and bands in words."""
        return describe(self.targets)

    @property
    def will_stop(self) -> bool:
        """Whether the job runs and its cancellation was requested."""
        return self.cancel_requested and self.state == RUNNING

    @property
    def complaint(self) -> str | None:
        """What went wrong, in a sentence; None: the job succeeded."""
        if self.state == SUCCEEDED:
            return None
        return f"{self.id} is {self.state}" + (f": {self.error}" if self.error else "")


@dataclass(frozen=True)
class SweepAnswer(_Answer):
    """The service's answer on a sweep."""

    id: str
    state: str
    jobs: tuple[JobAnswer, ...]


@dataclass(frozen=True)
class ModelAnswer(_Answer):
    """The service's answer on a model."""

    name: str
    description: str
    layers: tuple[Layer, ...]
    methods: Mapping[str, MethodCard]
    image: tuple[int, ...] = ()  # height and width


@dataclass(frozen=True)
class BrokenModel(_Answer):
    """A model that no worker can offer."""

    model: str
    why: str


@dataclass(frozen=True)
class NeuronAnswer(_Answer):
    """The service's answer on a neuron."""

    neuron: str
    measured: NeuronStatistics | None = None


@dataclass(frozen=True)
class LimitShare:
    """A limit, and how much of it is used."""

    used: int
    most: int | None = None  # None: there is no limit


@dataclass(frozen=True)
class MeAnswer(_Answer):
    """The service's answer on the caller."""

    name: str
    role: str
    weight: float
    gpu_seconds: float
    limits: Mapping[str, LimitShare]
