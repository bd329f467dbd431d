"""The evidence as one table: each figure with what it means, for the samples, for natural images and for chance."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Metric(NamedTuple):
    """A figure, where it lies in the evidence, and what it says."""

    name: str
    samples: str  # path in the evidence
    rival: str | None  # path in the baseline's and the rejection's figures; None: they have no such figure
    meaning: str


METRICS = (
    Metric(
        "in band",
        "samples.in_band_rate",
        "in_band_rate",
        "Share of the images whose activations, read again from their files, lie in their bands; for rejection, of all codes drawn.",
    ),
    Metric(
        "precision",
        "references.precision",
        "precision",
        "Share of the samples that lie among natural images of the same bands: how many look natural.",
    ),
    Metric(
        "coverage",
        "references.coverage",
        "coverage",
        "Share of the natural images in band that have a sample near them: how much of nature is shown.",
    ),
    Metric(
        "density",
        "references.density",
        "density",
        "How thickly natural images lie around the samples: about 1 where samples lie as natural images do, 0 where none is near.",
    ),
    Metric(
        "recall",
        "references.recall",
        "recall",
        "Share of the natural images in band that lie within reach of the samples, however thinly these are spread there.",
    ),
    Metric(
        "Vendi score",
        "samples.vendi",
        "vendi",
        "How many different images the samples amount to: 1 if all are alike, as many as there are if no two are; more images have more.",
    ),
    Metric(
        "mean pairwise distance",
        "samples.mpd",
        "mpd",
        "How far two samples are from each other in E, on average; beyond the natural figure it speaks of odd images.",
    ),
    Metric(
        "MPD / sqrt(d)",
        "samples.mpd_per_sqrt_d",
        "mpd_per_sqrt_d",
        "The same on the scale of the paper's tables: divided by the root of the number of E's entries.",
    ),
    Metric(
        "nearest sample, mean",
        "samples.nearest_neighbour.mean",
        "nearest_neighbour.mean",
        "How far a sample is from the one most like it, on average: small where samples repeat each other.",
    ),
    Metric(
        "nearest sample, least",
        "samples.nearest_neighbour.min",
        "nearest_neighbour.min",
        "The same for the two samples that are most alike: 0 is a duplicate.",
    ),
    Metric(
        "nearest reference, mean",
        "nearest_reference.mean",
        "nearest_reference.mean",
        "How far a sample is from the reference image most like it; for natural images, from themselves after E and G: as near is a copy.",
    ),
    Metric(
        "distance to uniform (KS)",
        "samples.ks_uniform",
        "ks_uniform",
        "How unevenly activations fill the band: 0 if every part of it is met as often as any other, 1 if all lie at one end.",
    ),
    Metric(
        "code norm, 95 %",
        "codes.norm.0.95",
        "codes.norm.0.95",
        "How far codes lie from the mean of natural codes, which have 1 on average: far out, G was not trained.",
    ),
    Metric(
        "cycle error, 95 %",
        "codes.cycle.0.95",
        "codes.cycle.0.95",
        "How far E(G(c)) is from c, over the length of c: large where G paints what the code does not say.",
    ),
    Metric(
        "evaluations per sample",
        "cost.gradient_evaluations_per_sample",
        "evaluations_per_sample",
        "Runs of the networks for one sample, with gradients; rejection needs none, which about halves the cost of a run.",
    ),
    Metric(
        "codes given up",
        "cost.given_up",
        None,
        "Starts that never became samples.",
    ),
    Metric("seconds", "cost.seconds", None, "Time spent sampling, on the machine that did it."),
)


def rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every metric of what ``evidence.measure`` found: its name, its meaning and its three values, None where there is none."""
    return [
        {
            "name": metric.name,
            "meaning": metric.meaning,
            "samples": _at(found, metric.samples),
            "natural": _at(found["baseline"], metric.rival),
            "rejection": _at(found["rejection"], metric.rival),
        }
        for metric in METRICS
    ]


def _at(figures: Mapping[str, Any] | None, path: str | None) -> float | None:
    if path is None:
        return None
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
