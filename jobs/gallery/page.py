"""The page of a gallery, and the page over several: no host is asked for anything."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from jobs.gallery import evidence
from jobs.gallery.contents import Gallery
from jobs.gallery.sheet import evenly, title

_STRIP = 24  # samples of a gallery on the page over several
_templates = Environment(
    loader=PackageLoader("jobs.gallery"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(gallery: Gallery) -> str:
    """The HTML of one gallery; its pictures lie beside it."""
    told, found = gallery.manifest, gallery.manifest["evidence"]
    style = evidence.thumbnail(found)
    samples = [shown(sample, gallery.neuron, style) for sample in gallery.rising()]
    by_index = {sample["index"]: sample for sample in samples}
    return _templates.get_template("gallery.html.j2").render(
        title=title(gallery),
        told=told,
        neuron=gallery.neuron,
        samples=samples,
        near=any(sample["near"] for sample in samples),
        dots=_dots(told),
        trust=_trust(told),
        verdict=_verdict(told),
        measured=evidence.table(found),
        rivals=evidence.rivals(found),
        histograms=evidence.histograms(found),
        facets=evidence.facets(found, by_index.get),
        apart=evidence.apart(found),
    )


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
        "trust": _trust(told),
        "verdict": _verdict(told),
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


def shown(
    sample: Mapping[str, Any], neuron: str, style: Callable[[int], str | None] = lambda _: None
) -> dict[str, Any]:
    """A sample with what its picture bears: numbers as texts, and the nearest reference in a style."""
    told = ", ".join(f"{name} {value:.4g}" for name, value in sample["activations"].items())
    near = sample.get("nearest_reference")
    return {
        **sample,
        "activation": f"{sample['activations'][neuron]:.4g}",
        "told": told,
        "near": near and {**near, "style": style(near["number"])},
    }


def _trust(told: Mapping[str, Any]) -> dict[str, str] | None:
    return coloured((told["evidence"] or {}).get("trust"))


def _verdict(told: Mapping[str, Any]) -> list[str]:
    if told["evidence"] is not None and "verdict" in told["evidence"]:
        return list(told["evidence"]["verdict"])
    if told["outcome"] is None:
        return ["The job has not ended: nothing was measured yet."]
    return [f"{told['outcome'].get('reason', 'ended')}: nothing was measured."]


def _dots(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each neuron, where in its band every sample lies: 0 to 1, those beyond at the ends. Without a band, in what was found."""
    strips = []
    for wanted in told["ranges"]:
        values = [sample["activations"][wanted["neuron"]] for sample in told["samples"]]
        low, high = wanted["range"] or (min(values, default=0), max(values, default=1))
        width = max(high - low, 1e-9)
        places = [round(min(1, max(0, (value - low) / width)), 4) for value in values]
        strips.append(
            {"neuron": wanted["neuron"], "low": f"{low:.4g}", "high": f"{high:.4g}", "places": places}
        )
    return strips
