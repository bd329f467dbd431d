"""The page of a gallery, and the page over several: no host is asked for anything."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

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


def page(gallery: Gallery) -> str:
    """The HTML of one gallery, with its script; its pictures lie beside it."""
    told, found = gallery.manifest, gallery.manifest["evidence"]
    columns, rising = of_manifest(told), gallery.rising()
    by_index = {sample["index"]: sample for sample in told["samples"]}
    return _templates.get_template("gallery.html.j2").render(
        title=title(gallery),
        told=told,
        neuron=gallery.neuron,
        nature=evidence_view.nature(found),
        changed=evidence_view.changed(found),
        alarm=alarm(found, [_file_of(each, gallery.neuron) for each in rising], confounds.FILE),
        listed=[_file_of(sample, gallery.neuron) for sample in evenly(rising, _FIRST)],
        strips=strips(told["ranges"], columns.activations),
        data=_data(told, columns, plane(gallery.arrays())),
        script=Markup(script.script()),  # noqa: S704 - ours
        style=Markup(script.style()),  # noqa: S704
        trust=coloured((found or {}).get("trust")),
        verdict=verdict(found, told["outcome"]),
        measured=evidence_view.table(found),
        columns=evidence_view.columns(found),
        judge=evidence_view.judge(found),
        histograms=evidence_view.histograms(found),
        facets=evidence_view.facets(found, lambda index: _linked(by_index.get(index), gallery.neuron)),
        apart=evidence_view.apart(found),
        has_near=nearest_references.of_manifest(told) is not None,
    )


def _data(told: Mapping[str, Any], columns: Columns, places: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the script shows: all samples, in a few bytes each, and how their files are named."""
    beside = nearest_references.of_manifest(told)
    return {
        "neurons": told["ranges"],
        "columns": columns.told(),
        "near": beside and {**beside, "sheet": nearest_references.FILE},
        "sort": "+0",  # by the first neuron, rising
        "map": places,
        "picture": "images/#.png",
        "start": "starts/#.png",
        "thumbnail": "images/#.png",
        "digits": 6,
    }


def _linked(sample: Mapping[str, Any] | None, neuron: str) -> dict[str, Any] | None:
    return None if sample is None else _file_of(sample, neuron)


def _file_of(sample: Mapping[str, Any], neuron: str) -> dict[str, Any]:
    """A sample with the files that show it."""
    start = sample["start"]
    files = {"href": sample["file"], "src": sample["file"], "start_src": start and start["file"]}
    return {**shown(sample, neuron), **files}


def overview(heading: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The HTML over several galleries: a ``row`` for each, in the order given."""
    return _templates.get_template("overview.html.j2").render(title=heading, rows=rows)


def row(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """What the page over several galleries shows of one: the name of its folder, its manifest."""
    neuron = told["ranges"][0]["neuron"]
    rising = sorted(told["samples"], key=lambda sample: sample["activations"][neuron])
    return {
        "folder": name,
        "ranges": told["ranges"],
        "count": len(rising),
        "samples": [shown(sample, neuron) for sample in evenly(rising, _STRIP)],
        "trust": coloured((told["evidence"] or {}).get("trust")),
        "verdict": verdict(told["evidence"], told["outcome"]),
    }


def comparison(
    sides: Sequence[Mapping[str, Any]], differ: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> str:
    """The HTML of several side by side, each with a row of pictures, and of a table of what was measured."""
    template = _templates.get_template("comparison.html.j2")
    return template.render(sides=sides, differ=differ, rows=rows)


def coloured(trust: Mapping[str, str] | None) -> dict[str, str] | None:
    """The verdict in a word, its reason, and the class that it is shown in; None: nothing was measured."""
    return None if trust is None else {**trust, "kind": trust["word"].replace(" ", "-")}


def alarm(
    found: Mapping[str, Any] | None, rising: Sequence[Mapping[str, Any]], sheet: str
) -> dict[str, Any] | None:
    """The confounds that a page shows above a gallery; None: there is nothing to be alarmed at, or nobody looked.

    Args:
        found: the evidence.
        rising: samples as the page shows them, by rising activation.
        sheet: where the page finds the pictures of counterfactuals.
    """
    told = (found or {}).get("confounds")
    if not told:
        return None
    return {
        "sentences": [each["sentence"] for each in told],
        "samples": evenly(list(rising), confounds.SHOWN),
        "pairs": confounds.pairs(found),
        "sheet": sheet,
    }


def shown(sample: Mapping[str, Any], neuron: str) -> dict[str, Any]:
    """A sample with what its picture bears, numbers as texts."""
    began = (sample.get("start") or {}).get("activations")
    said = {
        name: f"{began[name]:.4g} → {value:.4g}" if began else f"{value:.4g}"
        for name, value in sample["activations"].items()
    }
    return {
        **sample,
        "activation": f"{sample['activations'][neuron]:.4g}",
        "change": said[neuron] if began else None,
        "told": ", ".join(f"{name} {value}" for name, value in said.items()),
    }


def verdict(found: Mapping[str, Any] | None, outcome: Mapping[str, Any] | None) -> list[str]:
    """The evidence in sentences, or why there is none."""
    if found is not None and "verdict" in found:
        return list(found["verdict"])
    if outcome is None:
        return ["The job has not ended: nothing was measured yet."]
    return [f"{outcome.get('reason', 'ended')}: nothing was measured."]
