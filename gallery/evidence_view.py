"""The evidence as a page shows it: a table, histograms, facets."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from inverset.contract.evidence import (
    NO_EVIDENCE,
    BandHistogram,
    Change,
    Changes,
    Evidence,
    FacetFactor,
    MetricRow,
    ShareOfNature,
)
from inverset.contract.figures import Figures
from inverset.gallery import histogram
from inverset.gallery.histogram import Span
from inverset.jobs import share

_COMPARED = {  # factors of which there is not more or less
    "to the right": ("further right", "further left"),
    "horizon": ("a higher horizon", "a lower horizon"),
    "size": ("larger", "smaller"),
}
_TYPICAL = 4  # members of a facet that are shown
_COLUMNS = {  # of today's evidence; what each is stands in it
    "samples": "these images",
    "natural": "{count} other natural images in the band",
    "ceiling": "{count} of them through the generator",
    "jittered": "{count} of them with noise, through the generator",
    "prior": "{count} random images, in the band or not",
    "chance": "chance: the {count} of {drawn} random images that lie in the band",
}


_GROUPS = {  # the metrics that say most, by what they answer
    "Is it right?": ("in band", "distance to nature (KS)"),
    "Is it natural?": ("precision", "unlikeness"),
    "Is it complete?": ("coverage", "Vendi score"),
}
FIRST = frozenset(name for names in _GROUPS.values() for name in names)  # others stand in the details


@dataclass(frozen=True)
class Column:
    """A column of the table of metrics."""

    name: str
    over: str  # its heading
    kind: str  # "ours", the samples; "theirs", a baseline


@dataclass(frozen=True)
class Cell:
    """A figure of the table."""

    text: str
    share: float | None  # the length of its bar, 0 to 100; None: it has none


@dataclass(frozen=True)
class Row:
    """A metric of the table: a cell for each column."""

    name: str
    meaning: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class MetricGroup:
    """Metrics that answer one question about the samples."""

    question: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Metrics:
    """The metrics: those that say most, by what they answer, and all others."""

    groups: Sequence[MetricGroup]
    others: Sequence[Row]


@dataclass(frozen=True)
class ShownChange:
    """A factor or a unit before and after a change, as text."""

    name: str
    before: str
    after: str
    sd: str


@dataclass(frozen=True)
class ShownChanges:
    """The changes of one counterfactual, or averages over many."""

    distance: str | None  # the end of a sentence; None: images have no codes
    factors: Sequence[ShownChange]
    units: Sequence[ShownChange]


@dataclass(frozen=True)
class ShownHistogram:
    """A neuron's band among reference images: a sentence, and what is drawn."""

    neuron: str
    says: str
    low: str
    high: str
    outline: str
    band: Span | None


@dataclass(frozen=True)
class ShownFacet:
    """A facet with its most typical members."""

    share: str
    words: str  # how it differs from the others; empty: not known
    numbers: str  # the same in numbers
    samples: Sequence[object]
    told: bool  # all its members are known


def columns(evidence: Evidence | None) -> list[Column]:
    """The table's columns; none are measured without evidence."""
    known = evidence or NO_EVIDENCE
    named = {} if known.judge is None else known.judge.columns.named()
    over = {name: _over(name, figures) for name, figures in named.items()} or _former(known)
    return [Column(name, words, "ours" if name == "samples" else "theirs") for name, words in over.items()]


def _over(name: str, column: Figures | None) -> str:
    if column is None:
        return _COLUMNS[name].format(count="no", drawn="no")
    words = _COLUMNS[name].format(count=column.count, drawn="all" if column.drawn is None else column.drawn)
    return words if column.paired is None else f"{words}, {column.paired:,} of them compared with each other"


def _former(evidence: Evidence) -> dict[str, str]:
    """The columns of evidence from before there were judges."""
    natural, drawn = evidence.baseline, evidence.rejection
    return {
        "samples": "these images",
        "natural": f"{natural.count} natural images in the band, through the generator"
        if natural
        else "natural images",
        "rejection": f"rejection: {drawn.count} of {drawn.evaluations} random images"
        if drawn
        else "rejection",
    }


def nature(evidence: Evidence | None, so_far: ShareOfNature | None = None) -> str | None:
    """How many natural images lie in the band, by draws of the prior and by the references; None: nothing was drawn.

    ``so_far``: of a job that runs.
    """
    known = evidence or NO_EVIDENCE
    sentence, references = share.sentence(known.share_of_nature or so_far), known.references
    if sentence is None or references is None or not references.of:
        return sentence
    inside = share.percent(references.in_band / references.of)
    return f"{sentence} Of the {references.of:,} natural images of this model, {inside} do."


def changed(evidence: Evidence | None) -> ShownChanges | None:
    """The average changes of counterfactuals, in words; None: the samples are not counterfactuals."""
    means = (evidence or NO_EVIDENCE).changes
    return None if means is None else changes(means)


def changes(measured: Changes) -> ShownChanges:
    """The changes of one counterfactual, or averages over many: a sentence on the distance, and rows of changes."""
    distance = measured.distance
    far = (
        None
        if distance is None
        else f"{distance:.2f}, on a scale on which two random images are about 1.41 apart."
    )
    return ShownChanges(
        far,
        [_change(each, lambda value: f"{value:.2f}") for each in measured.factors],
        [_change(each, number) for each in measured.units],
    )


def _change(each: Change, text: Callable[[float], str]) -> ShownChange:
    return ShownChange(each.name, text(each.before + 0.0), text(each.after + 0.0), f"{each.sd:+.1f}")


def table(evidence: Evidence | None) -> list[Row]:
    """The metrics: name, meaning, and for each of ``columns`` the figure and the length of its bar."""
    names = [column.name for column in columns(evidence)]
    return [Row(row.name, row.meaning, _cells(row, names)) for row in (evidence or NO_EVIDENCE).metrics]


def metrics(evidence: Evidence | None) -> Metrics:
    """The rows of ``table``, a few of them first, by the question that they answer."""
    rows = {row.name: row for row in table(evidence)}
    groups = [
        MetricGroup(question, [rows.pop(name) for name in names if name in rows])
        for question, names in _GROUPS.items()
    ]
    return Metrics([group for group in groups if group.rows], list(rows.values()))


def _cells(row: MetricRow, names: Sequence[str]) -> list[Cell]:
    return [
        Cell(number(row.value(name)), share) for name, share in zip(names, _shares(row, names), strict=True)
    ]


def _shares(row: MetricRow, names: Sequence[str]) -> list[float | None]:
    """The lengths of a row's bars: 100 is the largest value, or 1 if all are shares; no bars if one is below zero."""
    values = [row.value(name) for name in names]
    there = [value for value in values if value is not None]
    if any(value < 0 for value in there):
        return [None] * len(values)
    most = max([1.0, *there]) if all(value <= 1 for value in there) else max(there)
    return [None if value is None else round(100 * value / most, 2) for value in values]


def judge(evidence: Evidence | None) -> str | None:
    """A sentence on who judged; None: no judge outside of what was optimised."""
    judge = evidence and evidence.judge
    if not judge or judge.dimensions is None:
        return None
    return (
        f"The judge for precision, coverage and similar metrics is {_named(judge.name)}, with {judge.dimensions} features. "
        "It had no part in making the images, and compares them with unaltered natural images."
    )


def _named(name: str) -> str:
    return "a measure of edges and colours (HOG)" if name == "hog" else name


def histograms(evidence: Evidence | None) -> list[ShownHistogram]:
    """For each neuron: a sentence on where its band lies among reference images, and the bars to draw."""
    return shown_histograms((evidence or NO_EVIDENCE).bands or ())


def shown_histograms(bands: Iterable[BandHistogram]) -> list[ShownHistogram]:
    """The same for given histograms."""
    return [
        ShownHistogram(
            each.neuron,
            _placed(each),
            number(each.edges[0]),
            number(each.edges[1]),
            histogram.outline(each.counts),
            histogram.across(each.edges, each.range),
        )
        for each in bands
    ]


def facets(evidence: Evidence | None, shown: Callable[[int], object]) -> list[ShownFacet]:
    """The facets, the largest first, with members as ``shown`` gives them; empty if there is only one."""
    division = (evidence or NO_EVIDENCE).facets
    if division is None or len(division.facets) < 2:
        return []
    return [
        ShownFacet(
            f"{facet.share:.0%}",
            ", ".join(map(_words, facet.factors)),
            f"{facet.size} images" + "".join(f"; {_numbers(each)}" for each in facet.factors),
            [sample for sample in map(shown, facet.members[:_TYPICAL]) if sample],
            facet.samples is not None,
        )
        for facet in division.facets
    ]


def apart(evidence: Evidence | None) -> str | None:
    """How far apart the facets are, in words (after Kaufman & Rousseeuw 1990 on silhouettes); None: not measured."""
    division = (evidence or NO_EVIDENCE).facets
    if division is None:
        return None
    silhouette = division.silhouette
    if silhouette is None:
        return "The images are of one kind: they do not form groups."
    how = "clearly separate" if silhouette >= 0.5 else "separate" if silhouette >= 0.25 else "loose"
    groups = f"{len(division.facets)} {how} groups"
    return f"The images form {groups} (silhouette {silhouette:.2f}). Most typical first."


def number(value: float | None) -> str:
    """A number with three digits; a dash for None."""
    return "-" if value is None else f"{value:.3g}"


def _placed(each: BandHistogram) -> str:
    count = f"{each.references:,} natural images"
    if each.inside is None or each.above is None:
        return count
    return f"{count}: {share.percent(each.inside)} in the band, {share.percent(each.above)} higher"


def _words(factor: FacetFactor) -> str:
    more, less = _COMPARED.get(factor.name, (f"more {factor.name}", f"less {factor.name}"))
    return more if factor.apart > 0 else less


def _numbers(factor: FacetFactor) -> str:
    return f"{factor.name} {factor.mean:z.2f}, elsewhere {factor.elsewhere:z.2f}"
