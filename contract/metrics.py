"""The evidence as one table: each figure with its meaning, for the samples and for each set to compare them with."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from inverset.contract.evidence import Cost, Evidence, MetricRow
from inverset.contract.figures import NOTHING, CodeFigures, Figures, FiguresInE, Nearest


class Metric(NamedTuple):
    """A figure: its meaning, and how to read it from the evidence."""

    name: str
    meaning: str
    of_set: Callable[[Figures], float | None] | None  # off a set of images; None: only the run has it
    of_run: Callable[[Cost], float | None] | None = None  # of the samples, off what the run took


def _most(quantiles: Mapping[str, float | None] | None) -> float | None:
    return None if quantiles is None else quantiles.get("0.95")


# in the place of parts that were not measured
_NEAREST, _IN_E, _CODES = Nearest(), FiguresInE(), CodeFigures()
METRICS = (
    Metric(
        "in band",
        "Share of images whose activations, measured again from the saved files, lie in their bands; for random images, of all drawn.",
        lambda each: each.in_band_rate,
    ),
    Metric(
        "precision",
        "Share of images that look natural: to the judge, they lie among natural images of the same band.",
        lambda each: each.precision,
    ),
    Metric(
        "coverage",
        "Share of the natural images in the band that have one of these images near them, to the judge: how much of the variety is shown.",
        lambda each: each.coverage,
    ),
    Metric(
        "density",
        "How many natural images lie around each image: about 1 if images lie as natural images do, 0 if none is near.",
        lambda each: each.density,
    ),
    Metric(
        "recall",
        "Share of the natural images in the band that lie within the area that these images cover, however sparsely.",
        lambda each: each.recall,
    ),
    Metric(
        "unlikeness",
        "How much the images as a whole differ from natural images in the band (energy distance): 0 means not at all, 1 is the most.",
        lambda each: each.unlikeness,
    ),
    Metric(
        "Vendi score",
        "The effective number of different images, to the judge: 1 if all are alike; the number of images if no two are alike.",
        lambda each: each.vendi,
    ),
    Metric(
        "distance of two images",
        "Average distance between two images, to the judge: small if they are shapeless blends of many images.",
        lambda each: each.mpd,
    ),
    Metric(
        "nearest sample, mean",
        "Average distance from an image to the most similar one: small if images repeat each other.",
        lambda each: (each.nearest_neighbour or _NEAREST).mean,
    ),
    Metric(
        "nearest sample, least",
        "Distance between the two most similar images: 0 means a duplicate.",
        lambda each: (each.nearest_neighbour or _NEAREST).least,
    ),
    Metric(
        "duplicates",
        "Share of images that have another image within a quarter of the distance at which natural images have one.",
        lambda each: each.duplicates,
    ),
    Metric(
        "nearest reference, mean",
        "Average distance from an image to the most similar natural image, not counting the one that it was made from.",
        lambda each: (each.nearest_reference or _NEAREST).mean,
    ),
    Metric(
        "sharpness",
        "Average difference between neighbouring pixels, with colours from 0 to 1: low for blurred images, high for noise.",
        lambda each: each.sharpness,
    ),
    Metric(
        "slope of the spectrum",
        "How fast power falls with frequency, on logarithmic scales: near -2 for photographs, steeper for blurred images, 0 for noise.",
        lambda each: each.spectrum,
    ),
    Metric(
        "distance to uniform (KS)",
        "How unevenly activations fill the band: 0 if they are spread evenly, 1 if all lie at one end.",
        lambda each: each.ks_uniform,
    ),
    Metric(
        "distance to nature (KS)",
        "How differently the activations of these and of natural images fill the band: 0 if equally, 1 if they never overlap.",
        lambda each: each.ks_natural,
    ),
    Metric(
        "precision in E",
        "Precision by the encoder E. The generator was trained on its features, so this figure is too optimistic.",
        lambda each: (each.in_e or _IN_E).precision,
    ),
    Metric(
        "coverage in E",
        "Coverage by the encoder E, too optimistic for the same reason.",
        lambda each: (each.in_e or _IN_E).coverage,
    ),
    Metric(
        "Vendi score in E",
        "Vendi score by the encoder E.",
        lambda each: (each.in_e or _IN_E).vendi,
    ),
    Metric(
        "mean pairwise distance",
        "Average distance between two images, by the encoder E: well above the value of natural images, images look odd.",
        lambda each: (each.in_e or _IN_E).mpd,
    ),
    Metric(
        "MPD / sqrt(d)",
        "The same on the scale of the paper's tables: divided by the square root of the number of features of E.",
        lambda each: (each.in_e or _IN_E).mpd_per_sqrt_d,
    ),
    Metric(
        "code norm, 95 %",
        "Distance of codes from the mean of natural codes, whose average is 1: the generator G was not trained on codes far out.",
        lambda each: _most((each.codes or _CODES).norm),
    ),
    Metric(
        "cycle error, 95 %",
        "Distance from E(G(c)) to c, divided by the length of c: large if G generates what the code does not contain.",
        lambda each: _most((each.codes or _CODES).cycle),
    ),
    Metric(
        "evaluations per sample",
        "Forward and backward passes for one image. A forward pass alone counts about half; random images need forward passes only.",
        lambda each: each.evaluations_per_sample,
        lambda cost: cost.evaluations_per_sample,
    ),
    Metric("codes given up", "Attempts that never became images.", None, lambda cost: cost.given_up),
    Metric(
        "seconds", "Time spent sampling, on the machine that did the work.", None, lambda cost: cost.seconds
    ),
)


def rows(evidence: Evidence) -> Iterator[MetricRow]:
    """Every metric of the evidence, with a value for each of the judge's columns.

    ``rejection`` is ``chance`` by the name that it had before. Nothing where no judge or no cost was stored.
    """
    if evidence.judge is None or evidence.cost is None:
        return
    columns = evidence.judge.columns.named()
    for metric in METRICS:
        values = {
            name: metric.of_set and _number(metric.of_set(figures or NOTHING))
            for name, figures in columns.items()
        }
        if metric.of_run is not None:
            values["samples"] = _number(metric.of_run(evidence.cost))
        yield MetricRow(metric.name, metric.meaning, **values, rejection=values["chance"])


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
