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
        "Share of the images whose activations, read again from their files, lie in their bands; of draws, of all that were drawn.",
        lambda each: each.in_band_rate,
    ),
    Metric(
        "precision",
        "Share of the images that lie among photographs of the same bands, as the judge sees them: how many look natural.",
        lambda each: each.precision,
    ),
    Metric(
        "coverage",
        "Share of the photographs in band that have an image near them, as the judge sees them: how much of nature is shown.",
        lambda each: each.coverage,
    ),
    Metric(
        "density",
        "How thickly photographs lie around the images: about 1 where images lie as photographs do, 0 where none is near.",
        lambda each: each.density,
    ),
    Metric(
        "recall",
        "Share of the photographs in band that lie within reach of the images, however thinly these are spread there.",
        lambda each: each.recall,
    ),
    Metric(
        "unlikeness",
        "How much the images differ as a whole from photographs in band: 0 if they are drawn alike, up to 1 (energy distance).",
        lambda each: each.unlikeness,
    ),
    Metric(
        "Vendi score",
        "How many different images these amount to, to the judge: 1 if all are alike, as many as there are if no two are.",
        lambda each: each.vendi,
    ),
    Metric(
        "distance of two images",
        "How far two of the images are from each other on average, as the judge sees them: small where they are blends without form.",
        lambda each: each.mpd,
    ),
    Metric(
        "nearest sample, mean",
        "How far an image is from the one most like it, on average: small where images repeat each other.",
        lambda each: (each.nearest_neighbour or _NEAREST).mean,
    ),
    Metric(
        "nearest sample, least",
        "The same for the two images that are most alike: 0 is a duplicate.",
        lambda each: (each.nearest_neighbour or _NEAREST).least,
    ),
    Metric(
        "duplicates",
        "Share of the images that have another within a quarter of the distance at which photographs have one.",
        lambda each: each.duplicates,
    ),
    Metric(
        "nearest reference, mean",
        "How far an image is from the photograph most like it, not counting the one that it is, or was painted of.",
        lambda each: (each.nearest_reference or _NEAREST).mean,
    ),
    Metric(
        "sharpness",
        "Mean difference of neighbouring pixels, of colours from 0 to 1: low where images are blurred, high in noise.",
        lambda each: each.sharpness,
    ),
    Metric(
        "slope of the spectrum",
        "How power falls with frequency, on logarithmic scales: near -2 in photographs, steeper where blurred, 0 in noise.",
        lambda each: each.spectrum,
    ),
    Metric(
        "distance to uniform (KS)",
        "How unevenly activations fill the band: 0 if every part of it is met as often as any other, 1 if all lie at one end.",
        lambda each: each.ks_uniform,
    ),
    Metric(
        "distance to nature (KS)",
        "How differently from natural images activations fill the band: 0 if alike, 1 if they never meet.",
        lambda each: each.ks_natural,
    ),
    Metric(
        "precision in E",
        "Precision as the encoder sees it, whose features the generator was trained on: it deceives.",
        lambda each: (each.in_e or _IN_E).precision,
    ),
    Metric(
        "coverage in E",
        "Coverage as the encoder sees it: likewise.",
        lambda each: (each.in_e or _IN_E).coverage,
    ),
    Metric(
        "Vendi score in E",
        "The Vendi score as the encoder sees it.",
        lambda each: (each.in_e or _IN_E).vendi,
    ),
    Metric(
        "mean pairwise distance",
        "How far two images are from each other in E, on average; beyond the natural figure it speaks of odd images.",
        lambda each: (each.in_e or _IN_E).mpd,
    ),
    Metric(
        "MPD / sqrt(d)",
        "The same on the scale of the paper's tables: divided by the root of the number of E's entries.",
        lambda each: (each.in_e or _IN_E).mpd_per_sqrt_d,
    ),
    Metric(
        "code norm, 95 %",
        "How far codes lie from the mean of natural codes, which have 1 on average: far out, G was not trained.",
        lambda each: _most((each.codes or _CODES).norm),
    ),
    Metric(
        "cycle error, 95 %",
        "How far E(G(c)) is from c, over the length of c: large where G paints what the code does not say.",
        lambda each: _most((each.codes or _CODES).cycle),
    ),
    Metric(
        "evaluations per sample",
        "Runs of the networks for one sample, with gradients; one without costs about half, and counts so. Chance needs forward runs.",
        lambda each: each.evaluations_per_sample,
        lambda cost: cost.evaluations_per_sample,
    ),
    Metric("codes given up", "Starts that never became samples.", None, lambda cost: cost.given_up),
    Metric("seconds", "Time spent sampling, on the machine that did it.", None, lambda cost: cost.seconds),
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
