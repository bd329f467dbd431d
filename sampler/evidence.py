"""What a finished set of samples is worth: measured in E, beside natural images in the same bands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sampler import metrics
from sampler.problem import Problem, read_images
from sampler.verdict import verdict

FEWEST = 50  # references in band, below which nothing is said of precision and coverage
_BATCH = 200
_QUANTILES = (0.05, 0.5, 0.95, 1.0)


def measure(
    problem: Problem, images: Tensor, codes: Tensor, features: Tensor, tally: Mapping[str, Any]
) -> dict[str, Any]:
    """Judge samples; JSON-able, None where there is nothing to say.

    Args:
        problem: what was asked.
        images: as delivered (n, 3, h, w) uint8, n at least 1; activations are read off them again.
        codes: c (n, d).
        features: E(x) (n, e), as the samples' images gave them.
        tally: the run's counts, by the names of ``Tally``.
    """
    references = Compared.choose(problem, len(images))
    found = {
        "samples": _samples(problem, _reread(problem, images), features),
        "references": _references(features, references),
        "baseline": _baseline(problem, references),
        "codes": _codes(problem, codes, features),
        "nearest_reference": _nearest_reference(features, problem),
        "cost": _cost(tally, len(images)),
    }
    return {"verdict": verdict(found), **found}


@dataclass(frozen=True)
class Compared:
    """Reference images in band: those that samples are held against, and others that stand for nature.

    As many are compared as there are samples, since coverage of more by fewer is low whatever they show.
    """

    in_band: int
    features: Tensor  # (r, e)
    natural: Tensor  # codes (r, d): others where there are enough, else the same

    @classmethod
    def choose(cls, problem: Problem, count: int) -> "Compared | None":
        """The same choice for the same problem and count; None: no references, or none in band."""
        reference = problem.bundle.reference
        if reference is None or problem.references_in_band == 0:
            return None
        inside = problem.nearest_references[: problem.references_in_band]
        order = inside[torch.randperm(len(inside), generator=torch.Generator().manual_seed(0))]
        wanted = max(FEWEST, count)
        held, others = order[:wanted], order[wanted : 2 * wanted]
        codes = reference.codes
        return cls(len(inside), codes[held], codes[others if len(others) >= len(held) else held])


def _reread(problem: Problem, images: Tensor) -> Tensor:
    return torch.cat([read_images(problem.bundle, problem.neurons, b)[0].cpu() for b in images.split(_BATCH)])


def _samples(problem: Problem, activations: Tensor, features: Tensor) -> dict[str, Any]:
    spread, width = metrics.spread(features), features.shape[1]
    bands = problem.bands
    return {
        "count": len(features),
        "in_band_rate": _in_band_rate(problem, activations),
        "ks_uniform": max(
            metrics.distance_to_uniform(activations[:, column], band.low, band.high)
            for column, band in enumerate(bands)
        ),
        "mpd": spread and spread.mean_pairwise,
        "mpd_per_sqrt_d": spread and spread.mean_pairwise / width**0.5,
        "nearest_neighbour": spread and {"mean": spread.nearest_mean, "min": spread.nearest_least},
        "vendi": metrics.vendi(features),
    }


def _in_band_rate(problem: Problem, activations: Tensor) -> float:
    low, high = problem.bounds(activations)
    return float(((activations >= low) & (activations <= high)).all(dim=1).double().mean())


def _references(features: Tensor, references: Compared | None) -> dict[str, Any]:
    in_band = 0 if references is None else references.in_band
    if references is None or in_band < FEWEST:
        return {"in_band": in_band, "precision": None, "recall": None, "density": None, "coverage": None}
    return {"in_band": in_band, **metrics.fidelity(features, references.features)._asdict()}


def _baseline(problem: Problem, references: Compared | None) -> dict[str, Any] | None:
    """What natural images in band become in the same generator: what samples may be measured by."""
    if references is None:
        return None
    device = problem.bundle.statistics.mean.device
    with torch.no_grad():
        seen = [problem.forward(codes.to(device)) for codes in references.natural.split(_BATCH)]
    activations = torch.cat([each.activations.cpu() for each in seen])
    features = torch.cat([each.features.cpu() for each in seen])
    spread, held = metrics.spread(features), _references(features, references)
    return {
        "what": "natural images in band, through E and G",
        "count": len(features),
        "in_band_rate": _in_band_rate(problem, activations),
        "mpd": spread and spread.mean_pairwise,
        "nearest_neighbour": spread and {"mean": spread.nearest_mean, "min": spread.nearest_least},
        "vendi": metrics.vendi(features),
        "precision": held["precision"],
        "coverage": held["coverage"],
    }


def _codes(problem: Problem, codes: Tensor, features: Tensor) -> dict[str, Any]:
    """Whether codes lie where G was trained: |z|^2 per axis and |E(G(c)) - c| / |c|, beside their limits."""
    statistics = problem.bundle.statistics
    centred = (codes - statistics.mean.cpu()) @ statistics.axes.cpu() / statistics.scales.cpu()
    norm = {**_quantiles(centred.square().mean(dim=1)), "limit": statistics.norm_limit}
    if statistics.cycle_limit is None:
        return {"norm": norm, "cycle": None}
    cycle = (features - codes).norm(dim=1) / codes.norm(dim=1).clamp_min(1e-6)
    return {"norm": norm, "cycle": {**_quantiles(cycle), "limit": statistics.cycle_limit}}


def _quantiles(values: Tensor) -> dict[str, float]:
    return {str(share): float(values.quantile(share)) for share in _QUANTILES}


def _nearest_reference(features: Tensor, problem: Problem) -> dict[str, float] | None:
    """Whether samples are copies of reference images."""
    reference = problem.bundle.reference
    if reference is None:
        return None
    distances = metrics.nearest(features, reference.codes)
    return {"mean": float(distances.mean()), "min": float(distances.min())}


def _cost(tally: Mapping[str, Any], count: int) -> dict[str, Any]:
    evaluations = tally.get("gradient_evaluations", 0)
    return {
        "gradient_evaluations": evaluations,
        "gradient_evaluations_per_sample": evaluations / count,
        "seconds": tally.get("seconds", 0.0),
        "given_up": tally.get("given_up", 0),
        "given_up_by": {"not a number": tally.get("nonfinite", 0)},
    }
