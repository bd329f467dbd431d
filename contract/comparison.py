"""A comparison of jobs or galleries: the question and verdict of each, and every metric in one row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from inverset.contract import titles
from inverset.contract.decoding import decode
from inverset.contract.evidence import NO_EVIDENCE, Evidence, MetricRow, ShareOfNature, Trust
from inverset.contract.question import Target, TargetJson, names

FEWEST, MOST = 2, 6


@dataclass(frozen=True)
class Compared:
    """One of the jobs or galleries to compare."""

    name: str  # a job's id, or what a gallery is called
    model: str
    spec: Mapping[str, Any]
    targets: Sequence[Target]
    accepted: int
    evidence: Mapping[str, Any] | None  # in JSON; None: nothing was measured (yet)


_ASPECTS: Mapping[str, Callable[[Compared], Any]] = {
    "model": lambda each: each.model,
    "neurons": lambda each: names(each.targets),
    "ranges": lambda each: [target.band for target in each.targets],
    "method": lambda each: each.spec.get("method"),
    "options": lambda each: each.spec.get("options"),
    "k": lambda each: each.spec.get("k"),
    "seed": lambda each: each.spec.get("seed"),
    "samples": lambda each: each.accepted,
}


@dataclass(frozen=True)
class ComparedItem:
    """One job or gallery as the comparison shows it."""

    name: str
    model: str
    targets: tuple[Target, ...] = field(metadata={"key": "ranges"})
    accepted: int
    method: str | None = None
    title: str = ""  # its neurons and bands, in the units of the request; empty: compared before 2026-11-30
    trust: Trust | None = None
    verdict: tuple[str, ...] = ()
    share_of_nature: ShareOfNature | None = None
    confounds: tuple[Mapping[str, Any], ...] | None = None  # in JSON

    @property
    def ranges(self) -> list[TargetJson]:
        """The targets as JSON has them."""
        return [target.to_json() for target in self.targets]

    def to_json(self) -> dict[str, Any]:
        """The item in the API's JSON."""
        return {
            "name": self.name,
            "model": self.model,
            "method": self.method,
            "title": self.title,
            "ranges": self.ranges,
            "accepted": self.accepted,
            "trust": self.trust and vars(self.trust),
            "verdict": list(self.verdict),
            "share_of_nature": self.share_of_nature and vars(self.share_of_nature),
            "confounds": self.confounds,
        }


Values = tuple[float | None, ...]  # one for each item


@dataclass(frozen=True)
class ComparedMetric:
    """A metric of each set of images, for all items."""

    name: str
    meaning: str
    samples: Values
    natural: Values
    ceiling: Values = ()
    jittered: Values = ()
    prior: Values = ()
    chance: Values = ()
    rejection: Values = ()  # chance, as it was called before


@dataclass(frozen=True)
class Comparison:
    """A comparison of several jobs or galleries."""

    items: tuple[ComparedItem, ...]
    differ: tuple[str, ...]  # in what they differ
    metrics: tuple[ComparedMetric, ...]

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        """The comparison in some JSON. Raises ``decoding.Malformed`` if it has another shape."""
        return decode(cls, described)

    def to_json(self) -> dict[str, Any]:
        """The comparison in the API's JSON."""
        return {
            "items": [item.to_json() for item in self.items],
            "differ": list(self.differ),
            "metrics": [asdict(metric) for metric in self.metrics],
        }


def compare(several: Sequence[Compared]) -> Comparison:
    """The comparison of several jobs or galleries."""
    evidence = [Evidence.of(each.evidence) or NO_EVIDENCE for each in several]
    return Comparison(
        tuple(_item(*pair) for pair in zip(several, evidence, strict=True)),
        tuple(
            name
            for name, aspect in _ASPECTS.items()
            if any(aspect(each) != aspect(several[0]) for each in several)
        ),
        tuple(_metrics(evidence)),
    )


def _item(each: Compared, evidence: Evidence) -> ComparedItem:
    return ComparedItem(
        name=each.name,
        model=each.model,
        targets=tuple(each.targets),
        accepted=each.accepted,
        method=each.spec.get("method"),
        title=titles.title(each.targets, each.spec),
        trust=evidence.trust,
        verdict=evidence.verdict or (),
        share_of_nature=evidence.share_of_nature,
        confounds=(each.evidence or {}).get("confounds"),
    )


def _metrics(evidence: Sequence[Evidence]) -> Iterator[ComparedMetric]:
    """All metrics of any item, in the order of the first item that has them."""
    tables = [{row.name: row for row in each.metrics} for each in evidence]
    for name, row in {name: row for rows in tables for name, row in rows.items()}.items():
        beside = [rows.get(name) or MetricRow(name, "") for rows in tables]
        yield ComparedMetric(
            name,
            row.meaning,
            tuple(each.samples for each in beside),
            tuple(each.natural for each in beside),
            tuple(each.ceiling for each in beside),
            tuple(each.jittered for each in beside),
            tuple(each.prior for each in beside),
            tuple(each.chance for each in beside),
            tuple(each.rejection for each in beside),
        )
