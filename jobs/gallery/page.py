"""The page of a gallery, and the page over several: no host is asked for anything."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

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
    told = gallery.manifest
    template = _templates.get_template("gallery.html.j2")
    return template.render(
        title=title(gallery),
        told=told,
        neuron=gallery.neuron,
        samples=[_shown(sample, gallery.neuron) for sample in gallery.rising()],
        dots=_dots(told),
        measured=measured(told["evidence"]),
        verdict=_verdict(told),
    )


def overview(heading: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The HTML over several galleries: a ``row`` for each, in the order given."""
    return _templates.get_template("overview.html.j2").render(title=heading, rows=rows)


def measured(evidence: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """What was measured: name, samples' figure, natural images' figure."""
    if not evidence or "samples" not in evidence:  # not measured, or by another version
        return []
    samples, natural, held = evidence["samples"], evidence["baseline"] or {}, evidence["references"]
    rows = [
        ("in band after reload", samples["in_band_rate"], natural.get("in_band_rate")),
        ("precision", held["precision"], natural.get("precision")),
        ("coverage", held["coverage"], natural.get("coverage")),
        ("Vendi score", samples["vendi"], natural.get("vendi")),
        ("mean pairwise distance", samples["mpd"], natural.get("mpd")),
        ("distance to uniform (KS)", samples["ks_uniform"], None),
        ("gradient evaluations per sample", evidence["cost"]["gradient_evaluations_per_sample"], None),
    ]
    return [(name, _number(ours), _number(theirs)) for name, ours, theirs in rows]


def row(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """What the page over several galleries shows of one: the name of its folder, its manifest."""
    neuron = told["ranges"][0]["neuron"]
    rising = sorted(told["samples"], key=lambda sample: sample["activations"][neuron])
    return {
        "folder": name,
        "ranges": told["ranges"],
        "count": len(rising),
        "samples": [_shown(sample, neuron) for sample in evenly(rising, _STRIP)],
        "verdict": _verdict(told),
    }


def _verdict(told: Mapping[str, Any]) -> list[str]:
    if told["evidence"] is not None and "verdict" in told["evidence"]:
        return list(told["evidence"]["verdict"])
    if told["outcome"] is None:
        return ["The job has not ended: nothing was measured yet."]
    return [f"{told['outcome'].get('reason', 'ended')}: nothing was measured."]


def _shown(sample: Mapping[str, Any], neuron: str) -> dict[str, Any]:
    told = ", ".join(f"{name} {value:.4g}" for name, value in sample["activations"].items())
    return {**sample, "activation": f"{sample['activations'][neuron]:.4g}", "told": told}


def _dots(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each neuron, where in its band every sample lies: 0 to 1."""
    strips = []
    for wanted in told["ranges"]:
        low, high = wanted["range"]
        values = [sample["activations"][wanted["neuron"]] for sample in told["samples"]]
        places = [round((value - low) / (high - low), 4) for value in values]
        strips.append(
            {"neuron": wanted["neuron"], "low": f"{low:.4g}", "high": f"{high:.4g}", "places": places}
        )
    return strips


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
