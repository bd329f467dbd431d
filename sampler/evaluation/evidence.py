"""Evidence about a finished set of samples: an outside judge's figures, beside natural images and baselines in the same bands."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from inverset.contract.evidence import Cost, Evidence, GeneratorFigures, Judge, NearestReferences
from inverset.contract.figures import (
    Columns,
    Figures,
    FiguresInE,
    FormerBaseline,
    ReferenceFigures,
    SampleFigures,
)
from inverset.contract.verdict import judged
from inverset.sampler import judges
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation import metrics
from inverset.sampler.evaluation.agreement import agreement
from inverset.sampler.evaluation.baselines import Baselines, described, draw_baselines
from inverset.sampler.evaluation.clusters import evenly, facets
from inverset.sampler.evaluation.confounds import Alarm
from inverset.sampler.evaluation.figures import ImageSet, NetworkOutputs, ReferenceSplit, figures, of_as_many
from inverset.sampler.evaluation.generator_quality import picture_error
from inverset.sampler.evaluation.histogram import histograms
from inverset.sampler.evaluation.novelty import novelty
from inverset.sampler.evaluation.share import share_of_nature
from inverset.sampler.evaluation.surroundings import surroundings
from inverset.sampler.judges import Space
from inverset.sampler.problem import Neuron, Problem, read_images
from inverset.sampler.steps import FORWARD_COST

VOID_MARGIN = 0.1  # by which chance may reach more precision than natural images through G, at most
_FEWEST_OF_CHANCE = 20  # images, below which its precision is a matter of luck
_BATCH = 200


def measure(
    problem: Problem,
    images: Tensor,
    outputs: NetworkOutputs,
    tally: Mapping[str, float],
    method: str | None = None,
    alarm: Alarm | None = None,
) -> Evidence:
    """Evidence about samples; None where nothing can be measured.

    ``trust``, ``verdict`` and ``metrics`` are for people; the rest are the figures behind them. Members of facets and nearest
    references are numbers of samples, in the order given.

    Args:
        problem: what was asked.
        images: as delivered (n, 3, h, w) uint8, n at least 1.
        outputs: codes c (n, d); f(x) (n, m) of these images; features E(x) (n, e); the images that they started from, if known.
        tally: the run's counts, by the names of ``Tally``.
        method: what made them.
        alarm: what ``confounds.find`` found of them; None: no alarm was computed.
    """
    split, space = ReferenceSplit.choose(problem, len(images)), judges.space(problem.bundle)
    samples = ImageSet(outputs, images, None if space is None else space.read(images))
    cost = _cost(tally, len(images))
    baselines = draw_baselines(problem, split, space, len(images), cost.evaluations or 0.0)
    columns = _columns(problem, samples, baselines, split)
    natural, ceiling = baselines.natural.image_set, baselines.ceiling.image_set
    return judged(
        Evidence(
            method=method,
            judge=_judge(problem.bundle, space, columns),
            generator=GeneratorFigures(
                _learnt(problem, outputs.codes), picture_error(problem, natural, ceiling)
            ),
            added=novelty(problem, samples, ceiling, split),
            agreement=agreement(problem, samples, natural, ceiling),
            share_of_nature=share_of_nature(tally),
            confounds=None if alarm is None else alarm.findings,
            samples=_samples(columns.samples, samples, split),
            references=_references(problem, columns.samples, split),
            baseline=_flat(columns.best),
            rejection=_flat(columns.chance),
            codes=columns.samples.codes,
            nearest_reference=_nearest_reference(outputs.features, problem),
            bands=histograms(problem),
            surroundings=surroundings(problem),
            facets=facets(outputs.features, images, problem.bundle.factors),
            cost=cost,
        )
    )


def _columns(
    problem: Problem, samples: ImageSet, baselines: Baselines, split: ReferenceSplit | None
) -> Columns:
    """Figures of the samples, of as many of them as there are natural images, and of each baseline."""
    others = (
        described(baseline, baseline.image_set and figures(problem, baseline.image_set, split))
        for baseline in baselines
    )
    own = figures(problem, samples, split)
    nature = baselines.ceiling.image_set or baselines.natural.image_set
    many = of_as_many(samples, split, len(nature.outputs.features)) if split and nature else None
    return Columns(own, many, *others)


def _judge(bundle: Bundle, space: Space | None, columns: Columns) -> Judge:
    """The judge, its space, and what it finds."""
    reason = void(columns)
    return Judge(
        judges.of(bundle).name,
        None if space is None else space.axes.shape[1],
        None if space is None else space.explained,
        void=reason is not None,
        reason=reason,
        columns=columns,
    )


def void(columns: Columns) -> str | None:
    """Why the judge's figures say nothing: it finds chance more natural than nature; None: it does not."""
    best = columns.best
    chance_columns = {"random images in the band": columns.chance, "random images": columns.prior}
    for words, each in chance_columns.items():
        if best is None or each is None or each.count < _FEWEST_OF_CHANCE:
            continue
        if each.precision is None or best.precision is None:
            continue
        error = sum(share * (1 - share) / count for share, count in _shares(each, best)) ** 0.5
        if each.precision - best.precision >= max(VOID_MARGIN, 2 * error):
            return (
                f"These metrics are not valid here: to the judge, {words} look more natural ({each.precision:.0%}) than natural images "
                f"through the generator ({best.precision:.0%})."
            )
    return None


def _shares(*several: Figures) -> list[tuple[float, int]]:
    """The precision of each set, and of how many images it is."""
    return [(each.precision or 0.0, each.count) for each in several]


def _samples(own: Figures, samples: ImageSet, split: ReferenceSplit | None) -> SampleFigures:
    """The samples' figures in E, where they were optimised, by the names that they had before there were judges."""
    in_e = own.in_e or FiguresInE()
    features = samples.outputs.features
    return SampleFigures(
        own.count,
        own.in_band_rate,
        own.ks_uniform,
        in_e.mpd,
        in_e.mpd_per_sqrt_d,
        in_e.nearest_neighbour,
        in_e.vendi,
        None if split is None else metrics.vendi(evenly(features, len(split.natural))),
    )


def _references(problem: Problem, own: Figures, split: ReferenceSplit | None) -> ReferenceFigures:
    """How many natural images the model came with, and how the samples lie among those in band, in E."""
    reference, in_e = problem.bundle.reference, own.in_e or FiguresInE()
    return ReferenceFigures(
        0 if reference is None else len(reference.codes),
        split.in_band if split else 0,
        problem.bundle.unmeasured,
        in_e.precision,
        in_e.recall,
        in_e.density,
        in_e.coverage,
    )


def _flat(column: Figures | None) -> FormerBaseline | None:
    """A column's figures in E, beside what it is."""
    if column is None:
        return None
    return FormerBaseline(
        column.what,
        column.count,
        column.in_band_rate,
        column.ks_uniform,
        column.drawn,
        column.evaluations_per_sample,
        column.codes,
        **vars(column.in_e or FiguresInE()),
    )


def _learnt(problem: Problem, codes: Tensor) -> bool:
    """Whether images taught what painted these, or nothing did; methods that move pixels leave G alone."""
    width = codes.shape[1]
    return width == 0 or (problem.bundle.learnt and width == len(problem.bundle.statistics.mean))


def network_outputs(
    problem: Problem, images: Tensor, codes: Tensor, features: Tensor, starts: Tensor | None = None
) -> NetworkOutputs:
    """The networks' outputs for delivered images (n, 3, h, w) uint8; activations are computed again from these bytes."""
    return NetworkOutputs(codes, reread(problem.bundle, problem.neurons, images), features, starts)


def reread(bundle: Bundle, neurons: Sequence[Neuron], images: Tensor) -> Tensor:
    """Activations (n, m) of any neurons, computed from delivered images (n, 3, h, w) uint8."""
    return torch.cat([read_images(bundle, neurons, batch)[0].cpu() for batch in images.split(_BATCH)])


def _nearest_reference(features: Tensor, problem: Problem) -> NearestReferences | None:
    """Of each sample, the number of the reference image nearest to it in E, how far that is, and that image's own activation."""
    reference = problem.bundle.reference
    if reference is None:
        return None
    found = metrics.nearest(features, reference.codes)
    return NearestReferences(
        float(found.distances.mean()),
        float(found.distances.min()),
        tuple(found.numbers.tolist()),
        tuple(round(each, 4) for each in found.distances.tolist()),
        tuple(reference.read(problem.neurons)[found.numbers.cpu(), 0].tolist()),  # of the first neuron
    )


def _cost(tally: Mapping[str, float], count: int) -> Cost:
    gradients, passes = tally.get("gradient_evaluations", 0), tally.get("forward_passes", 0)
    evaluations = gradients + FORWARD_COST * passes
    return Cost(
        gradients,
        passes,
        evaluations,
        gradients / count,
        evaluations / count,
        tally.get("seconds", 0.0),
        tally.get("given_up", 0),
        {"not a number": tally.get("nonfinite", 0)},
    )
