"""The manifest of a gallery: written as ``manifest.json``, checked by ``inverset verify``; a sample's record is also the API's answer."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from inverset.contract import paths, question
from inverset.contract.decoding import Malformed, decode
from inverset.contract.encoding import encode
from inverset.contract.question import Target

_IMAGE, _START = re.compile(r"images/[0-9]+\.png"), re.compile(r"starts/[0-9]+\.png")


@dataclass(frozen=True)
class NamedModel:
    """A model by its name, and its weights by their digest."""

    name: str
    sha256: str


@dataclass(frozen=True)
class StartRecord:
    """The image that a counterfactual started from."""

    file: str  # within the gallery
    sha256: str
    activations: Mapping[str, float]  # by neuron

    def __post_init__(self) -> None:
        """Raise Malformed if the file lies elsewhere or an activation is not a number."""
        _check(_START, self.file, self.activations)


@dataclass(frozen=True)
class NearestReference:
    """The reference image nearest to a sample in E."""

    number: int
    distance: float | None  # None: it is no number


@dataclass(frozen=True)
class SampleRecord:
    """One sample: its file, its activations, and its origin."""

    file: str  # within the gallery
    sha256: str
    activations: Mapping[str, float]  # by neuron
    index: int = 0
    step: int = 0
    parent: int | None = None  # the sample that it walked on from
    start: StartRecord | None = None
    nearest_reference: NearestReference | None = None  # None: not measured

    def __post_init__(self) -> None:
        """Raise Malformed if the file lies elsewhere or an activation is not a number."""
        _check(_IMAGE, self.file, self.activations)

    @classmethod
    def of_answer(cls, described: Mapping[str, Any]) -> Self:
        """The record in the service's answer on a sample; a start has no digest there. Raises Malformed if it has another shape."""
        start = described.get("start")
        if start is not None:
            start = {**start, "file": paths.start_in_gallery(described["index"]), "sha256": ""}
        return decode(cls, {**described, "start": start})

    @property
    def start_activations(self) -> Mapping[str, float] | None:
        """Activations of the image that it started from; None: it is not a counterfactual."""
        return None if self.start is None else self.start.activations

    def to_json(self) -> dict[str, Any]:
        """The record in a manifest's JSON."""
        near = self.nearest_reference
        return {
            "index": self.index,
            "file": self.file,
            "sha256": self.sha256,
            "activations": self.activations,
            "step": self.step,
            "parent": self.parent,
            "start": None if self.start is None else encode(self.start),
            "nearest_reference": None if near is None else {"number": near.number, "distance": near.distance},
        }


@dataclass(frozen=True)
class Chosen:
    """A note that the gallery holds some of the samples, while the evidence is about all of them."""

    of: int


@dataclass(frozen=True)
class Manifest:
    """The description of a gallery: question, model, samples, evidence."""

    model: NamedModel
    targets: tuple[Target, ...] = field(metadata={"key": "ranges"})
    samples: tuple[SampleRecord, ...]
    spec: Mapping[str, Any] | None = None  # as a client sent it, with the method and k that were taken
    outcome: Mapping[str, Any] | None = None  # None: the job has not ended
    evidence: Mapping[str, Any] | None = None  # in JSON; None: nothing was measured
    inverset: str = ""  # the version that wrote it
    chosen: Chosen | None = None

    @classmethod
    def of(cls, described: object) -> "Manifest":
        """The manifest in some JSON.

        Raises:
            Malformed: it is of another shape, names no neuron, or a file outside of the gallery.
        """
        manifest = decode(Manifest, described)
        if not manifest.targets:
            raise Malformed("it names no neuron", "ranges")
        return manifest

    @property
    def kind(self) -> str:
        """The kind of the samples."""
        return question.kind(len(self.targets))

    @property
    def neurons(self) -> tuple[str, ...]:
        """The canonical names of the gallery's neurons; samples are sorted by the first."""
        return question.names(self.targets)

    def rising(self) -> Sequence[SampleRecord]:
        """The samples by rising activation of the first neuron."""
        first = self.neurons[0]
        return sorted(self.samples, key=lambda sample: (sample.activations[first], sample.index))

    def to_json(self) -> dict[str, Any]:
        """The content of ``manifest.json``."""
        written = {
            "inverset": self.inverset,
            "kind": self.kind,
            "model": {"name": self.model.name, "sha256": self.model.sha256},
            "spec": self.spec,
            "ranges": [target.to_json() for target in self.targets],
            "outcome": self.outcome,
            "samples": [sample.to_json() for sample in self.samples],
            "evidence": self.evidence,
        }
        return written if self.chosen is None else {**written, "chosen": {"of": self.chosen.of}}


def _check(named: re.Pattern[str], file: str, activations: Mapping[str, float]) -> None:
    if not named.fullmatch(file):
        raise Malformed(f"it should be {named.pattern}, not {file[:40]!r}", "file")
    if not all(map(math.isfinite, activations.values())):
        raise Malformed("an activation is not a number", "activations")
