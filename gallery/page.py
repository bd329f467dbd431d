"""The page of a gallery, and the page over several: no host is asked for anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from inverset.contract.evidence import NO_EVIDENCE, Evidence, Trust
from inverset.contract.manifest import Manifest, SampleRecord
from inverset.gallery import confounds, evidence_view, nearest_references, script
from inverset.gallery.columns import Columns, of_manifest
from inverset.gallery.contents import Gallery
from inverset.gallery.projection import plane
from inverset.gallery.sheets import evenly, title
from inverset.gallery.strip_plot import strips

_STRIP, _FIRST = (
    24,
    100,
)  # samples of a gallery on the page over several; on its own, until the script shows all
_templates = Environment(
    loader=PackageLoader("inverset.gallery"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Imaged(Protocol):
    """What is known of a sample and written below its picture."""

    @property
    def index(self) -> int: ...
    @property
    def activations(self) -> Mapping[str, float]: ...
    @property
    def start_activations(self) -> Mapping[str, float] | None: ...


@dataclass(frozen=True)
class Tile:
    """A sample as a page shows it."""

    index: int
    href: str  # what its picture leads to
    src: str
    start_src: str | None  # the image that it began as; None: it is no counterfactual
    activation: str  # of the first neuron
    change: str | None  # of that, from the start to the sample
    told: str  # activations of all neurons


def page(gallery: Gallery) -> str:
    """The HTML of one gallery, with its script; its pictures lie beside it."""
    told, found = gallery.manifest, Evidence.of(gallery.manifest.evidence)
    columns, rising = of_manifest(told), gallery.rising()
    by_index = {sample.index: sample for sample in told.samples}
    near = nearest_references.of_manifest(told, found)
    return _templates.get_template("gallery.html.j2").render(
        title=title(gallery),
        told=told,
        neuron=gallery.neuron,
        nature=evidence_view.nature(found),
        changed=evidence_view.changed(found),
        alarm=alarm(found, [_file_of(each, gallery.neuron) for each in rising], confounds.FILE),
        listed=[_file_of(sample, gallery.neuron) for sample in evenly(rising, _FIRST)],
        strips=strips(told.targets, columns.activations),
        data={
            **_data(told, columns, plane(gallery.arrays())),
            "near": near and {**near, "sheet": nearest_references.FILE},
        },
        script=Markup(script.script()),  # noqa: S704 - ours
        style=Markup(script.style()),  # noqa: S704
        trust=coloured((found or NO_EVIDENCE).trust),
        verdict=verdict(found, told.outcome),
        measured=evidence_view.table(found),
        columns=evidence_view.columns(found),
        judge=evidence_view.judge(found),
        histograms=evidence_view.histograms(found),
        facets=evidence_view.facets(found, lambda index: _linked(by_index.get(index), gallery.neuron)),
        apart=evidence_view.apart(found),
        has_near=near is not None,
    )


def _data(told: Manifest, columns: Columns, places: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the script shows: all samples, in a few bytes each, and how their files are named."""
    return {
        "neurons": [target.to_json() for target in told.targets],
        "columns": columns.told(),
        "sort": "+0",  # by the first neuron, rising
        "map": places,
        "picture": "images/#.png",
        "start": "starts/#.png",
        "thumbnail": "images/#.png",
        "digits": 6,
    }


def _linked(sample: SampleRecord | None, neuron: str) -> Tile | None:
    return None if sample is None else _file_of(sample, neuron)


def _file_of(sample: SampleRecord, neuron: str) -> Tile:
    """A sample with the files that show it."""
    return tile(sample, neuron, sample.file, None if sample.start is None else sample.start.file)


def overview(heading: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The HTML over several galleries: a ``row`` for each, in the order given."""
    return _templates.get_template("overview.html.j2").render(title=heading, rows=rows)


def row(name: str, told: Manifest) -> dict[str, Any]:
    """What the page over several galleries shows of one: the name of its folder, its manifest."""
    rising, found = told.rising(), Evidence.of(told.evidence)
    return {
        "folder": name,
        "targets": told.targets,
        "count": len(rising),
        "samples": [_file_of(sample, told.neurons[0]) for sample in evenly(rising, _STRIP)],
        "trust": coloured((found or NO_EVIDENCE).trust),
        "verdict": verdict(found, told.outcome),
    }


def comparison(
    sides: Sequence[Mapping[str, Any]], differ: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> str:
    """The HTML of several side by side, each with a row of pictures, and of a table of what was measured."""
    template = _templates.get_template("comparison.html.j2")
    return template.render(sides=sides, differ=differ, rows=rows)


def coloured(trust: Trust | None) -> dict[str, str] | None:
    """The verdict in a word, its reason, and the class that it is shown in; None: nothing was measured."""
    return None if trust is None else {**vars(trust), "kind": trust.word.replace(" ", "-")}


def alarm(found: Evidence | None, rising: Sequence[Tile], sheet: str) -> dict[str, Any] | None:
    """The confounds that a page shows above a gallery; None: there is nothing to be alarmed at, or nobody looked.

    Args:
        found: the evidence.
        rising: samples as the page shows them, by rising activation.
        sheet: where the page finds the pictures of counterfactuals.
    """
    told = (found or NO_EVIDENCE).confounds
    if not told:
        return None
    return {
        "sentences": [each.sentence for each in told],
        "samples": evenly(rising, confounds.SHOWN),
        "pairs": confounds.pairs(found),
        "sheet": sheet,
    }


def tile(sample: Imaged, neuron: str, file: str, start: str | None, href: str | None = None) -> Tile:
    """A sample with what its picture bears, numbers as texts.

    Args:
        sample: a record of a manifest, or a row.
        neuron: the first one.
        file: where the page finds its picture.
        start: likewise of the image that it began as; None: it is no counterfactual.
        href: what its picture leads to; None: the picture itself.
    """
    began = sample.start_activations
    said = {
        name: f"{began[name]:.4g} → {value:.4g}" if began else f"{value:.4g}"
        for name, value in sample.activations.items()
    }
    return Tile(
        index=sample.index,
        href=href or file,
        src=file,
        start_src=start,
        activation=f"{sample.activations[neuron]:.4g}",
        change=said[neuron] if began else None,
        told=", ".join(f"{name} {value}" for name, value in said.items()),
    )


def verdict(found: Evidence | None, outcome: Mapping[str, Any] | None) -> list[str]:
    """The evidence in sentences, or why there is none."""
    if found is not None and found.verdict is not None:
        return list(found.verdict)
    if outcome is None:
        return ["The job has not ended: nothing was measured yet."]
    return [f"{outcome.get('reason', 'ended')}: nothing was measured."]
