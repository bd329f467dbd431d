"""The page of a gallery, and the page over several galleries; they load nothing from other hosts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from inverset.contract import titles
from inverset.contract.evidence import NO_EVIDENCE, Evidence, ShareOfNature, Trust
from inverset.contract.manifest import Manifest, SampleRecord
from inverset.contract.question import Target
from inverset.gallery import confounds, evidence_view, nearest_references, script
from inverset.gallery.columns import Columns, of_kinds, of_manifest
from inverset.gallery.contents import Gallery
from inverset.gallery.evidence_view import Column, Metrics, ShownChanges, ShownFacet, ShownHistogram
from inverset.gallery.projection import Projection
from inverset.gallery.sheets import evenly
from inverset.gallery.strip_plot import strips
from inverset.gallery.summary import Fact, NaturalRow, facts, natural_rows

_STRIP, _FIRST = (
    24,
    100,
)  # samples of a gallery on the page over several; on its own, until the script shows all
SAMPLED = 8  # samples beside natural images of their band
_templates = Environment(
    loader=PackageLoader("inverset.gallery"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Imaged(Protocol):
    """A sample as far as its caption needs it."""

    @property
    def index(self) -> int: ...
    @property
    def activations(self) -> Mapping[str, float]: ...
    @property
    def start_activations(self) -> Mapping[str, float] | None: ...


@dataclass(frozen=True)
class Tile:
    """A sample on a page: where its pictures are, and its numbers as text."""

    sample: Imaged
    neuron: str  # the first one
    src: str
    start_src: str | None = None  # the image that it began as; None: it is no counterfactual
    link: str | None = None  # what its picture leads to; None: the picture itself

    @property
    def index(self) -> int:
        """The sample's number."""
        return self.sample.index

    @property
    def href(self) -> str:
        """What its picture leads to."""
        return self.link or self.src

    @property
    def activation(self) -> str:
        """Of the first neuron."""
        return f"{self.sample.activations[self.neuron]:.4g}"

    @property
    def change(self) -> str | None:
        """Of the first neuron's activation, from the start to the sample; None: it is no counterfactual."""
        return None if self.sample.start_activations is None else self._text(self.neuron)

    @property
    def caption(self) -> str:
        """The activations of all neurons."""
        return ", ".join(f"{name} {self._text(name)}" for name in self.sample.activations)

    def _text(self, neuron: str) -> str:
        began, activation = self.sample.start_activations, f"{self.sample.activations[neuron]:.4g}"
        return f"{began[neuron]:.4g} → {activation}" if began else activation


@dataclass(frozen=True)
class ShownTrust:
    """The verdict's word and reason, with the word's CSS class."""

    word: str
    reason: str
    kind: str


@dataclass(frozen=True)
class Alarm:
    """The confounds that a page shows above a gallery."""

    sentences: Sequence[str]
    samples: Sequence[Tile]
    pairs: Sequence[tuple[confounds.SheetCell, confounds.SheetCell]]  # of counterfactuals on the sheet
    sheet: str  # the address of their pictures


@dataclass(frozen=True)
class Seen:
    """What both pages of a gallery, the server's and the downloaded one, show of its evidence, as their templates name it."""

    nature: str | None
    changed: ShownChanges | None
    trust: ShownTrust | None
    facts: Sequence[Fact]
    verdict: Sequence[str]
    metrics: Metrics
    columns: Sequence[Column]
    judge: str | None
    histograms: Sequence[ShownHistogram]
    naturals: Sequence[NaturalRow]
    facets: Sequence[ShownFacet]
    apart: str | None


@dataclass(frozen=True)
class Row:
    """A gallery on the page over several."""

    folder: str
    targets: Sequence[Target]
    count: int  # samples
    samples: Sequence[Tile]
    trust: ShownTrust | None
    verdict: Sequence[str]


def page(gallery: Gallery) -> str:
    """The HTML of one gallery, with its script; its pictures are files beside it."""
    manifest, evidence = gallery.manifest, Evidence.of(gallery.manifest.evidence)
    columns, rising = of_manifest(manifest), gallery.rising()
    by_index = {sample.index: sample for sample in manifest.samples}
    near = nearest_references.of_manifest(manifest, evidence, nearest_references.FILE)
    return _templates.get_template("gallery.html.j2").render(
        title=titles.title(manifest.targets, manifest.spec),
        manifest=manifest,
        neuron=gallery.neuron,
        **vars(seen(evidence, manifest.outcome, lambda index: _linked(by_index.get(index), gallery.neuron))),
        alarm=alarm(evidence, [_file_of(each, gallery.neuron) for each in rising], confounds.FILE),
        sampled=[_file_of(sample, gallery.neuron) for sample in evenly(rising, SAMPLED)],
        listed=[_file_of(sample, gallery.neuron) for sample in evenly(rising, _FIRST)],
        strips=strips(manifest.targets, columns.activations),
        data={
            **_data(manifest, columns, gallery.plane()),
            "kinds": of_kinds(evidence),
            "near": near and vars(near),
        },
        script=Markup(script.script()),  # noqa: S704 - ours
        style=Markup(style()),  # noqa: S704
        has_near=near is not None,
        sheet=nearest_references.FILE,
    )


def seen(
    evidence: Evidence | None,
    outcome: Mapping[str, Any] | None,
    shown: Callable[[int], Tile | None],
    so_far: ShareOfNature | None = None,
) -> Seen:
    """What a page shows of the evidence.

    Args:
        evidence: of the gallery; None: nothing was measured (yet).
        outcome: why sampling ended, in JSON; None: it has not.
        shown: the tile of a sample by its number; None: it is not there.
        so_far: the share of natural images in band, of a job that runs.
    """
    return Seen(
        nature=evidence_view.nature(evidence, so_far),
        changed=evidence_view.changed(evidence),
        trust=coloured((evidence or NO_EVIDENCE).trust),
        facts=facts(evidence),
        verdict=verdict(evidence, outcome),
        metrics=evidence_view.metrics(evidence),
        columns=evidence_view.columns(evidence),
        judge=evidence_view.judge(evidence),
        histograms=evidence_view.histograms(evidence),
        naturals=natural_rows(evidence),
        facets=evidence_view.facets(evidence, shown),
        apart=evidence_view.apart(evidence),
    )


@cache
def style() -> str:
    """The whole style sheet of a downloaded page."""
    return _templates.get_template("style.css.j2").render() + script.style()


def _data(manifest: Manifest, columns: Columns, plane: Projection | None) -> dict[str, Any]:
    """The data for the script: all samples, in a few bytes each, and the names of their files."""
    return {
        "neurons": [target.to_json() for target in manifest.targets],
        "columns": columns.to_json(),
        "sort": "+0",  # by the first neuron, rising
        "map": plane and plane.to_json(),
        "picture": "images/#.png",
        "start": "starts/#.png",
        "thumbnail": "images/#.png",
        "digits": 6,
    }


def _linked(sample: SampleRecord | None, neuron: str) -> Tile | None:
    return None if sample is None else _file_of(sample, neuron)


def _file_of(sample: SampleRecord, neuron: str) -> Tile:
    """A tile of a sample, with links to its files."""
    return Tile(sample, neuron, sample.file, None if sample.start is None else sample.start.file)


def overview(heading: str, rows: Sequence[Row]) -> str:
    """The HTML over several galleries: a ``row`` for each, in the given order."""
    return _templates.get_template("overview.html.j2").render(title=heading, rows=rows)


def row(name: str, manifest: Manifest) -> Row:
    """A gallery's row on the page over several: its folder's name and its samples."""
    rising, evidence = manifest.rising(), Evidence.of(manifest.evidence)
    return Row(
        name,
        manifest.targets,
        len(rising),
        [_file_of(sample, manifest.neurons[0]) for sample in evenly(rising, _STRIP)],
        coloured((evidence or NO_EVIDENCE).trust),
        verdict(evidence, manifest.outcome),
    )


def rendered(name: str, **context: object) -> str:
    """The HTML that a template of galleries makes of a context."""
    return _templates.get_template(f"{name}.html.j2").render(**context)


def coloured(trust: Trust | None) -> ShownTrust | None:
    """The verdict's word and reason with its CSS class; None: not measured."""
    return None if trust is None else ShownTrust(trust.word, trust.reason, trust.word.replace(" ", "-"))


def alarm(evidence: Evidence | None, rising: Sequence[Tile], sheet: str) -> Alarm | None:
    """The confounds that a page shows above a gallery; None: there are none, or they were not looked for.

    Args:
        evidence: of the gallery.
        rising: samples as the page shows them, by rising activation.
        sheet: where the page finds the pictures of counterfactuals.
    """
    doubts = (evidence or NO_EVIDENCE).confounds
    if not doubts:
        return None
    sentences = [each.sentence for each in doubts]
    return Alarm(sentences, evenly(rising, confounds.SHOWN), confounds.pairs(evidence), sheet)


def verdict(evidence: Evidence | None, outcome: Mapping[str, Any] | None) -> list[str]:
    """The evidence in sentences, or why there is none."""
    if evidence is not None and evidence.verdict is not None:
        return list(evidence.verdict)
    if outcome is None:
        return ["Metrics appear once all images are made."]
    return ["There are no images, so there is nothing to measure."]
