"""What a finished set of samples is worth: measured in E, beside natural images and chance in the same bands."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from sampler import metrics, rivals
from sampler.bundle import Bundle
from sampler.facets import evenly, facets
from sampler.histogram import histograms
from sampler.judging import Compared, Seen, judge
from sampler.meanings import rows
from sampler.problem import Neuron, Problem, read_images
from sampler.verdict import trust, verdict

_BATCH = 200


def measure(problem: Problem, images: Tensor, seen: Seen, tally: Mapping[str, Any]) -> dict[str, Any]:
    """Judge samples; JSON-able, None where there is nothing to say.

    ``trust``, ``verdict`` and ``metrics`` are for people; the rest are the figures that these are made of. Members of facets and
    nearest references are told by the samples' places among those given.

    Args:
        problem: what was asked.
        images: as delivered (n, 3, h, w) uint8, n at least 1.
        seen: codes c (n, d); f(x) (n, m), read off these images again; features E(x) (n, e), as the samples' images gave them.
        tally: the run's counts, by the names of ``Tally``.
    """
    compared = Compared.choose(problem, len(images))
    codes, features, judged = seen.codes, seen.features, judge(problem, seen, compared)
    cost = _cost(tally, len(images))
    found = {
        "generator": {"learnt": _learnt(problem, codes)},
        "samples": {**judged.spread, "vendi_of_as_many": _vendi_of_as_many(features, compared)},
        "references": {
            "of": _references(problem),
            "in_band": compared.in_band if compared else 0,
            **judged.held,
        },
        "baseline": rivals.natural(problem, compared),
        "rejection": rivals.rejection(problem, compared, len(images), cost["gradient_evaluations"]),
        "codes": judged.codes,
        "nearest_reference": _nearest_reference(features, problem),
        "bands": histograms(problem),
        "facets": facets(features, images, problem.bundle.factors),
        "cost": cost,
    }
    return {**trust(found), "verdict": verdict(found), "metrics": rows(found), **found}


def _learnt(problem: Problem, codes: Tensor) -> bool:
    """Whether images taught what painted these, or nothing did; methods that move pixels leave G alone."""
    width = codes.shape[1]
    return width == 0 or (problem.bundle.learnt and width == len(problem.bundle.statistics.mean))


def _references(problem: Problem) -> int:
    """How many natural images the model came with."""
    reference = problem.bundle.reference
    return 0 if reference is None else len(reference.codes)


def looked_at(problem: Problem, images: Tensor, codes: Tensor, features: Tensor) -> Seen:
    """Delivered images as ``measure`` wants them: their activations are read again."""
    return Seen(codes, reread(problem.bundle, problem.neurons, images), features)


def reread(bundle: Bundle, neurons: Sequence[Neuron], images: Tensor) -> Tensor:
    """Activations of any neurons on delivered images (n, 3, h, w) uint8: (n, len)."""
    return torch.cat([read_images(bundle, neurons, batch)[0].cpu() for batch in images.split(_BATCH)])


def _vendi_of_as_many(features: Tensor, compared: Compared | None) -> float | None:
    """The score of as many samples as there are natural images, since it grows with their number; None: there are none."""
    if compared is None:
        return None
    return metrics.vendi(evenly(features, len(compared.natural)))


def _nearest_reference(features: Tensor, problem: Problem) -> dict[str, Any] | None:
    """Of each sample, the number of the reference image nearest to it, and how far that is."""
    reference = problem.bundle.reference
    if reference is None:
        return None
    found = metrics.nearest(features, reference.codes)
    return {
        "mean": float(found.distances.mean()),
        "min": float(found.distances.min()),
        "numbers": found.numbers.tolist(),
        "distances": [round(each, 4) for each in found.distances.tolist()],
    }


def _cost(tally: Mapping[str, Any], count: int) -> dict[str, Any]:
    evaluations = tally.get("gradient_evaluations", 0)
    return {
        "gradient_evaluations": evaluations,
        "gradient_evaluations_per_sample": evaluations / count,
        "seconds": tally.get("seconds", 0.0),
        "given_up": tally.get("given_up", 0),
        "given_up_by": {"not a number": tally.get("nonfinite", 0)},
    }
