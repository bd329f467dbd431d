"""Evidence about a finished set of samples: an outside judge's figures, beside natural images and baselines in the same bands."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from inverset.contract.decoding import decode
from inverset.contract.evidence import Columns
from inverset.contract.evidence import Figures as SetFigures
from inverset.contract.verdict import with_words
from inverset.sampler import judges
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation import metrics
from inverset.sampler.evaluation.agreement import agreement
from inverset.sampler.evaluation.baselines import Baseline, described, draw_baselines
from inverset.sampler.evaluation.clusters import evenly, facets
from inverset.sampler.evaluation.confounds import Alarm
from inverset.sampler.evaluation.figures import ImageSet, NetworkOutputs, ReferenceSplit, figures, of_as_many
from inverset.sampler.evaluation.generator_quality import generator_quality
from inverset.sampler.evaluation.histogram import histograms
from inverset.sampler.evaluation.novelty import novelty
from inverset.sampler.evaluation.share import share_of_nature
from inverset.sampler.judges import Space
from inverset.sampler.problem import Neuron, Problem, read_images
from inverset.sampler.steps import FORWARD_COST

VOID_MARGIN = 0.1  # by which chance may reach more precision than natural images through G, at most
_FEWEST_OF_CHANCE = 20  # images, below which its precision is a matter of luck
_BATCH = 200
Figures = dict[str, Any]


def measure(
    problem: Problem,
    images: Tensor,
    outputs: NetworkOutputs,
    tally: Mapping[str, Any],
    method: str | None = None,
    alarm: Alarm | None = None,
) -> dict[str, Any]:
    """Evidence about samples, JSON-able; None where nothing can be measured.

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
    baselines = draw_baselines(problem, split, space, len(images), cost["evaluations"])
    columns = _columns(problem, samples, baselines, split)
    natural, ceiling = baselines["natural"].image_set, baselines["ceiling"].image_set
    evidence = {
        "method": method,
        "judge": {**_judge(problem.bundle, space), **_void(decode(Columns, columns)), "columns": columns},
        "generator": {
            "learnt": _learnt(problem, outputs.codes),
            **generator_quality(problem, natural, ceiling),
        },
        "added": novelty(problem, samples, ceiling, split),
        "agreement": agreement(problem, samples, natural, ceiling),
        "share_of_nature": share_of_nature(tally),
        "confounds": None if alarm is None else alarm.findings,
        **_in_e(problem, columns, samples, split),
        "nearest_reference": _nearest_reference(outputs.features, problem),
        "bands": histograms(problem),
        "facets": facets(outputs.features, images, problem.bundle.factors),
        "cost": cost,
    }
    return with_words(evidence)


def _columns(
    problem: Problem, samples: ImageSet, baselines: Mapping[str, Baseline], split: ReferenceSplit | None
) -> dict[str, Figures | None]:
    """Figures of the samples, of as many of them as there are natural images, and of each baseline."""
    others = {
        name: described(baseline, baseline.image_set and figures(problem, baseline.image_set, split))
        for name, baseline in baselines.items()
    }
    own, nature = (
        figures(problem, samples, split),
        baselines["ceiling"].image_set or baselines["natural"].image_set,
    )
    many = of_as_many(samples, split, len(nature.outputs.features)) if split and nature else None
    return {"samples": own, "as_many": many, **others}


def _judge(bundle: Bundle, space: Space | None) -> Figures:
    """The judge's name, the dimensions of its space, and the share of the photographs' variance that these explain."""
    return {
        "name": judges.of(bundle).name,
        "dimensions": None if space is None else space.axes.shape[1],
        "explained": None if space is None else space.explained,
    }


def _void(columns: Columns) -> Figures:
    """Whether the judge finds chance more natural than nature, so that its figures say nothing."""
    best = columns.best
    chance_columns = {"codes drawn by chance": columns.chance, "draws of the prior": columns.prior}
    for words, each in chance_columns.items():
        if best is None or each is None or each.count < _FEWEST_OF_CHANCE:
            continue
        if each.precision is None or best.precision is None:
            continue
        error = sum(share * (1 - share) / count for share, count in _shares(each, best)) ** 0.5
        if each.precision - best.precision >= max(VOID_MARGIN, 2 * error):
            reason = (
                f"The measure is void: the judge finds {words} more natural ({each.precision:.0%}) than natural images through "
                f"the generator ({best.precision:.0%})."
            )
            return {"void": True, "reason": reason}
    return {"void": False, "reason": None}


def _shares(*several: SetFigures) -> list[tuple[float, int]]:
    """The precision of each set, and of how many images it is."""
    return [(each.precision or 0.0, each.count) for each in several]


def _in_e(
    problem: Problem, columns: Mapping[str, Figures | None], samples: ImageSet, split: ReferenceSplit | None
) -> Figures:
    """The figures in E, where samples were optimised, by the names that they had before there were judges."""
    own = columns["samples"]
    assert own is not None  # noqa: S101 - there is a sample
    placed = {name: own[name] for name in ("count", "in_band_rate", "ks_uniform")}
    most = None if split is None else len(split.natural)
    as_many = None if most is None else metrics.vendi(evenly(samples.outputs.features, most))
    held = {name: own["in_e"][name] for name in ("precision", "recall", "density", "coverage")}
    return {
        "samples": {**placed, **_without(own["in_e"], held), "vendi_of_as_many": as_many},
        "references": {
            "of": _references(problem),
            "in_band": split.in_band if split else 0,
            **held,
        },
        "baseline": _flat(columns["ceiling"] or columns["natural"]),
        "rejection": _flat(columns["chance"]),
        "codes": own["codes"],
    }


def _flat(column: Figures | None) -> Figures | None:
    """A column's figures in E, beside what it is."""
    if column is None:
        return None
    kept = ("what", "count", "in_band_rate", "ks_uniform", "drawn", "evaluations_per_sample", "codes")
    return {**{name: column[name] for name in kept if name in column}, **column.get("in_e", {})}


def _without(figures: Figures, names: Mapping[str, Any]) -> Figures:
    return {name: value for name, value in figures.items() if name not in names}


def _learnt(problem: Problem, codes: Tensor) -> bool:
    """Whether images taught what painted these, or nothing did; methods that move pixels leave G alone."""
    width = codes.shape[1]
    return width == 0 or (problem.bundle.learnt and width == len(problem.bundle.statistics.mean))


def _references(problem: Problem) -> int:
    """How many natural images the model came with."""
    reference = problem.bundle.reference
    return 0 if reference is None else len(reference.codes)


def network_outputs(
    problem: Problem, images: Tensor, codes: Tensor, features: Tensor, starts: Tensor | None = None
) -> NetworkOutputs:
    """The networks' outputs for delivered images (n, 3, h, w) uint8; activations are computed again from these bytes."""
    return NetworkOutputs(codes, reread(problem.bundle, problem.neurons, images), features, starts)


def reread(bundle: Bundle, neurons: Sequence[Neuron], images: Tensor) -> Tensor:
    """Activations (n, m) of any neurons, computed from delivered images (n, 3, h, w) uint8."""
    return torch.cat([read_images(bundle, neurons, batch)[0].cpu() for batch in images.split(_BATCH)])


def _nearest_reference(features: Tensor, problem: Problem) -> Figures | None:
    """Of each sample, the number of the reference image nearest to it in E, how far that is, and that image's own activation."""
    reference = problem.bundle.reference
    if reference is None:
        return None
    found = metrics.nearest(features, reference.codes)
    return {
        "mean": float(found.distances.mean()),
        "min": float(found.distances.min()),
        "numbers": found.numbers.tolist(),
        "distances": [round(each, 4) for each in found.distances.tolist()],
        "activations": reference.read(problem.neurons)[
            found.numbers.cpu(), 0
        ].tolist(),  # of the first neuron
    }


def _cost(tally: Mapping[str, Any], count: int) -> Figures:
    gradients, passes = tally.get("gradient_evaluations", 0), tally.get("forward_passes", 0)
    evaluations = gradients + FORWARD_COST * passes
    return {
        "gradient_evaluations": gradients,
        "forward_passes": passes,
        "evaluations": evaluations,
        "gradient_evaluations_per_sample": gradients / count,
        "evaluations_per_sample": evaluations / count,
        "seconds": tally.get("seconds", 0.0),
        "given_up": tally.get("given_up", 0),
        "given_up_by": {"not a number": tally.get("nonfinite", 0)},
    }
