"""The evidence as one table: each figure with what it means, for the samples and for all that they stand beside."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

COLUMNS = ("samples", "natural", "ceiling", "jittered", "prior", "chance")
_RUN = "cost."  # figures of the run, which only samples have


class Metric(NamedTuple):
    """A figure, where it lies among a set's figures or in the evidence, and what it says."""

    name: str
    path: str  # among the figures of each column; from ``cost.`` on, in the evidence
    meaning: str


METRICS = (
    Metric(
        "in band",
        "in_band_rate",
        "Share of the images whose activations, read again from their files, lie in their bands; of draws, of all that were drawn.",
    ),
    Metric(
        "precision",
        "precision",
        "Share of the images that lie among photographs of the same bands, as the judge sees them: how many look natural.",
    ),
    Metric(
        "coverage",
        "coverage",
        "Share of the photographs in band that have an image near them, as the judge sees them: how much of nature is shown.",
    ),
    Metric(
        "density",
        "density",
        "How thickly photographs lie around the images: about 1 where images lie as photographs do, 0 where none is near.",
    ),
    Metric(
        "recall",
        "recall",
        "Share of the photographs in band that lie within reach of the images, however thinly these are spread there.",
    ),
    Metric(
        "unlikeness",
        "unlikeness",
        "How much the images differ as a whole from photographs in band: 0 if they are drawn alike, up to 1 (energy distance).",
    ),
    Metric(
        "Vendi score",
        "vendi",
        "How many different images these amount to, to the judge: 1 if all are alike, as many as there are if no two are.",
    ),
    Metric(
        "nearest sample, mean",
        "nearest_neighbour.mean",
        "How far an image is from the one most like it, on average: small where images repeat each other.",
    ),
    Metric(
        "nearest sample, least",
        "nearest_neighbour.min",
        "The same for the two images that are most alike: 0 is a duplicate.",
    ),
    Metric(
        "duplicates",
        "duplicates",
        "Share of the images that have another within a quarter of the distance at which photographs have one.",
    ),
    Metric(
        "nearest reference, mean",
        "nearest_reference.mean",
        "How far an image is from the photograph most like it, not counting the one that it is, or was painted of.",
    ),
    Metric(
        "sharpness",
        "sharpness",
        "Mean difference of neighbouring pixels, of colours from 0 to 1: low where images are blurred, high in noise.",
    ),
    Metric(
        "slope of the spectrum",
        "spectrum",
        "How power falls with frequency, on logarithmic scales: near -2 in photographs, steeper where blurred, 0 in noise.",
    ),
    Metric(
        "distance to uniform (KS)",
        "ks_uniform",
        "How unevenly activations fill the band: 0 if every part of it is met as often as any other, 1 if all lie at one end.",
    ),
    Metric(
        "distance to nature (KS)",
        "ks_natural",
        "How differently from natural images activations fill the band: 0 if alike, 1 if they never meet.",
    ),
    Metric(
        "precision in E",
        "in_e.precision",
        "Precision as the encoder sees it, whose features the generator was trained on: it deceives.",
    ),
    Metric("coverage in E", "in_e.coverage", "Coverage as the encoder sees it: likewise."),
    Metric("Vendi score in E", "in_e.vendi", "The Vendi score as the encoder sees it."),
    Metric(
        "mean pairwise distance",
        "in_e.mpd",
        "How far two images are from each other in E, on average; beyond the natural figure it speaks of odd images.",
    ),
    Metric(
        "MPD / sqrt(d)",
        "in_e.mpd_per_sqrt_d",
        "The same on the scale of the paper's tables: divided by the root of the number of E's entries.",
    ),
    Metric(
        "code norm, 95 %",
        "codes.norm.0.95",
        "How far codes lie from the mean of natural codes, which have 1 on average: far out, G was not trained.",
    ),
    Metric(
        "cycle error, 95 %",
        "codes.cycle.0.95",
        "How far E(G(c)) is from c, over the length of c: large where G paints what the code does not say.",
    ),
    Metric(
        "evaluations per sample",
        "evaluations_per_sample",
        "Runs of the networks for one sample, with gradients; one without costs about half, and counts so. Chance needs forward runs.",
    ),
    Metric("codes given up", "cost.given_up", "Starts that never became samples."),
    Metric("seconds", "cost.seconds", "Time spent sampling, on the machine that did it."),
)


def rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every metric of some evidence: its name, its meaning, and a value for each of COLUMNS, None where there is none.

    ``rejection`` is ``chance`` by the name that it had before.
    """
    columns = found["judge"]["columns"]
    own = {
        **columns,
        "samples": {**columns["samples"], "evaluations_per_sample": found["cost"]["evaluations_per_sample"]},
    }
    told = []
    for metric in METRICS:
        values = {whose: _at(own[whose], metric.path) for whose in COLUMNS}
        if metric.path.startswith(_RUN):
            values["samples"] = _at(found, metric.path)
        told.append({"name": metric.name, "meaning": metric.meaning, **values, "rejection": values["chance"]})
    return told


def _at(figures: Mapping[str, Any] | None, path: str) -> float | None:
    value: Any = figures
    for name in _steps(path):
        value = value.get(name) if value else None
    return value if value is None else float(value)


def _steps(path: str) -> Iterator[str]:
    """``codes.norm.0.95`` is codes, norm, 0.95: the names of quantiles have a dot of their own."""
    head, dot, quantile = path.partition(".0.")
    yield from head.split(".")
    if dot:
        yield f"0.{quantile}"
