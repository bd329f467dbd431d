"""How any set of images is judged, samples and what they are held against alike."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from sampler import metrics
from sampler.codes import to_coordinates
from sampler.problem import Problem

FEWEST = 50  # references in band, below which nothing is said of precision and coverage
_NOT_HELD = {"precision": None, "recall": None, "density": None, "coverage": None}
_QUANTILES = (0.05, 0.5, 0.95, 1.0)


class Seen(NamedTuple):
    """A set of images, as the networks see them; on the CPU."""

    codes: Tensor  # c: (n, d)
    activations: Tensor  # f(x): (n, m)
    features: Tensor  # E(x): (n, e)


class Judged(NamedTuple):
    """Figures of a set, JSON-able."""

    spread: dict[str, Any]
    held: dict[str, Any]  # against references in band
    codes: dict[str, Any]


@dataclass(frozen=True)
class Compared:
    """Reference images in band: those that samples are held against, and others that stand for nature.

    As many are compared as there are samples, since coverage of more by fewer is low whatever they show; but never less than FEWEST.
    Nature is as many images as there are samples, if there are so many: most figures change with the number.
    """

    in_band: int
    features: Tensor  # (r, e)
    natural: Tensor  # numbers (r,): others where there are enough, else the same

    @classmethod
    def choose(cls, problem: Problem, count: int) -> "Compared | None":
        """The same choice for the same problem and count; None: no references, none in band, or no band was asked."""
        reference = problem.bundle.reference
        if reference is None or not banded(problem) or problem.references_in_band == 0:
            return None
        inside = problem.nearest_references[: problem.references_in_band]
        order = inside[torch.randperm(len(inside), generator=torch.Generator().manual_seed(0))]
        wanted = max(FEWEST, count)
        held, others = order[:wanted], order[wanted : 2 * wanted]
        natural = others if len(others) >= len(held) else held
        return cls(len(inside), reference.codes[held], natural[:count])


def banded(problem: Problem) -> bool:
    """Whether a band was asked of any neuron; methods that only climb know none."""
    return not all(band.is_open for band in problem.bands)


def judge(problem: Problem, seen: Seen, compared: Compared | None) -> Judged:
    """All figures of a set of at least one image."""
    return Judged(_spread(problem, seen), _held(seen.features, compared), _codes(problem, seen))


def in_band(problem: Problem, activations: Tensor) -> Tensor:
    """Which images lie in all bands: (n,) bool."""
    low, high = problem.bounds(activations)
    return ((activations >= low) & (activations <= high)).all(dim=1)


def _spread(problem: Problem, seen: Seen) -> dict[str, Any]:
    found, width = metrics.spread(seen.features), seen.features.shape[1]
    rate = float(in_band(problem, seen.activations).double().mean())
    return {
        "count": len(seen.features),
        "in_band_rate": rate if banded(problem) else None,
        "ks_uniform": _distance_to_uniform(problem, seen.activations),
        "mpd": found and found.mean_pairwise,
        "mpd_per_sqrt_d": found and found.mean_pairwise / width**0.5,
        "nearest_neighbour": found and {"mean": found.nearest_mean, "min": found.nearest_least},
        "vendi": metrics.vendi(seen.features),
    }


def _distance_to_uniform(problem: Problem, activations: Tensor) -> float | None:
    """Of the neuron that is worst; None: no band has both ends."""
    found = [
        metrics.distance_to_uniform(activations[:, column], band.low, band.high)
        for column, band in enumerate(problem.bands)
        if not band.is_open
    ]
    return max(found, default=None)


def _held(features: Tensor, compared: Compared | None) -> dict[str, Any]:
    if compared is None or compared.in_band < FEWEST:
        return dict(_NOT_HELD)
    return dict(metrics.fidelity(features, compared.features)._asdict())


def _codes(problem: Problem, seen: Seen) -> dict[str, Any]:
    """Whether codes lie where G was trained: |z|^2 per axis and |E(G(c)) - c| / |c|, beside their limits."""
    statistics, codes = problem.bundle.statistics, seen.codes
    if codes.shape[1] != len(statistics.mean):  # found without G
        return {"norm": None, "cycle": None}
    coordinates = to_coordinates(problem, codes).cpu()
    norm = {**_quantiles(coordinates.square().mean(dim=1)), "limit": statistics.norm_limit}
    if statistics.cycle_limit is None:
        return {"norm": norm, "cycle": None}
    cycle = (seen.features - codes).norm(dim=1) / codes.norm(dim=1).clamp_min(1e-6)
    return {"norm": norm, "cycle": {**_quantiles(cycle), "limit": statistics.cycle_limit}}


def _quantiles(values: Tensor) -> dict[str, float]:
    return {str(share): float(values.quantile(share)) for share in _QUANTILES}
