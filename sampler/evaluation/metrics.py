"""How a set of samples is judged: pure functions of features e = E(x), n of them, and of activations.

Pairs are looked at a block of rows at a time, so that memory stays flat: n = 20,000 never makes an n x n matrix.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

_ROWS = 512  # of the distance matrix at a time
_CANDIDATES = 8  # whose distances are computed to the last digit
_NUMBERS = 2**25  # of candidates at a time: E may be 200,000 wide
NEIGHBOURS = 5  # k of precision, recall, density and coverage


class Spread(NamedTuple):
    """How far a set's members lie from each other."""

    mean_pairwise: float  # MPD
    nearest_mean: float  # mean distance to the nearest other member
    nearest_least: float


class Nearest(NamedTuple):
    """For each member of a set, the nearest of another set."""

    numbers: Tensor  # (n,) int64
    distances: Tensor  # (n,)


class Fidelity(NamedTuple):
    """Samples held against references (Kynkäänniemi et al. 2019; Naeem et al. 2020)."""

    precision: float  # share of samples that lie within a reference's neighbourhood
    recall: float  # share of references that lie within a sample's neighbourhood
    density: float  # mean number of references' neighbourhoods that a sample lies in, over k
    coverage: float  # share of references whose neighbourhood holds a sample


def spread(features: Tensor) -> Spread | None:
    """Distances within features (n, e); None for fewer than two."""
    count = len(features)
    if count < 2:
        return None
    total, nearest = 0.0, []
    for rows, distances in _distances(features, features):
        total += float(distances.double().sum())
        nearest.append(_least_elsewhere(distances, rows))
    least = torch.cat(nearest)
    return Spread(total / (count * (count - 1)), float(least.mean()), float(least.min()))


def nearest(features: Tensor, others: Tensor, own: Tensor | None = None) -> Nearest:
    """The nearest of others (r, e) to each of features (n, e), except its ``own`` (n,) int64, by number, where that is given.

    Products of matrices, which are many times quicker and round, only choose the candidates.
    """
    found = [
        _nearest(features[rows], others, None if own is None else own[rows])
        for rows in _blocks(len(features), _NUMBERS // (_CANDIDATES * features.shape[1]))
    ]
    return Nearest(*(torch.cat(column) for column in zip(*found, strict=True)))


def vendi(features: Tensor) -> float:
    """The Vendi score of features (n, e): the effective number of different ones, from 1 to n (Friedman & Dieng 2023).

    exp of the entropy of the eigenvalues of the cosine Gram matrix over n; they are those of the e x e second-moment matrix too.
    """
    directions = torch.nn.functional.normalize(features.double(), dim=1)
    few = len(features) <= features.shape[1]
    gram = directions @ directions.T if few else directions.T @ directions
    shares = torch.linalg.eigvalsh(gram / len(features)).clamp_min(0)
    return float(torch.special.entr(shares / shares.sum().clamp_min(1e-12)).sum().exp())


def fidelity(
    features: Tensor, references: Tensor, k: int = NEIGHBOURS, own: Tensor | None = None
) -> Fidelity:
    """Hold samples (n, e) against references (r, e); a neighbourhood is the ball up to the k-th nearest of its own kind.

    ``own`` (n,) int64: the reference that each sample is or was made of, which then counts as absent for it; -1: none.
    """
    reach, within = radii(references, k), radii(features, k)
    hit = torch.zeros(len(features), dtype=torch.long)
    covered = torch.zeros(len(references), dtype=torch.bool)
    recalled = torch.zeros(len(references), dtype=torch.bool)
    for rows, distances in _distances(features, references):
        if own is not None:
            made = (own[rows] >= 0).nonzero()[:, 0]
            distances[made, own[rows][made]] = torch.inf
        inside = distances < reach
        hit[rows] = inside.sum(dim=1)
        covered |= inside.any(dim=0)
        recalled |= (distances < within[rows, None]).any(dim=0)
    return Fidelity(_mean(hit > 0), _mean(recalled), _mean(hit) / k, _mean(covered))


def unlikeness(features: Tensor, others: Tensor) -> float | None:
    """How much two sets (n, e), (r, e) differ as a whole: 0 if they are drawn alike, up to 1; None: one has a member only.

    Energy distance over twice the mean distance between the sets (Székely & Rizzo 2013), without bias, so that it may be a
    little below 0. Unlike coverage it hardly depends on the numbers.
    """
    first, second = spread(features), spread(others)
    if first is None or second is None:
        return None
    between = sum(float(distances.double().sum()) for _, distances in _distances(features, others))
    twice = 2 * between / (len(features) * len(others))
    return (twice - first.mean_pairwise - second.mean_pairwise) / twice if twice else 0.0


def radii(features: Tensor, k: int = NEIGHBOURS) -> Tensor:
    """Distance of each of features (n, e) to its k-th nearest other one: (n,); to the farthest, where there are fewer."""
    rank = min(k + 1, len(features))  # the nearest of all is itself
    return torch.cat([d.kthvalue(rank, dim=1).values for _, d in _distances(features, features)])


def nearest_others(features: Tensor) -> Tensor:
    """Distance of each of features (n, e), at least two, to the nearest other one: (n,)."""
    return torch.cat(
        [_least_elsewhere(distances, rows) for rows, distances in _distances(features, features)]
    )


def distance_between(activations: Tensor, others: Tensor) -> float:
    """Kolmogorov-Smirnov distance of two sets of numbers (n,), (r,): 0 to 1."""
    first, second = activations.double().sort().values, others.double().sort().values
    places = torch.cat([first, second])
    apart = [torch.searchsorted(each, places, right=True) / len(each) for each in (first, second)]
    return float((apart[0] - apart[1]).abs().max())


def distance_to_uniform(activations: Tensor, low: float, high: float) -> float:
    """Kolmogorov-Smirnov distance of activations (n,) to the uniform distribution on [low, high]: 0 to 1."""
    count = len(activations)
    places = ((activations.double().sort().values - low) / (high - low)).clamp(0, 1)
    steps = torch.arange(count + 1, dtype=torch.float64) / count
    return float(torch.maximum(places - steps[:-1], steps[1:] - places).max())


def _distances(features: Tensor, others: Tensor) -> Iterator[tuple[slice, Tensor]]:
    # Not by matrix products: their rounding would make two equal features differ.
    mode = "donot_use_mm_for_euclid_dist"
    for rows in _blocks(len(features)):
        yield rows, torch.cdist(features[rows], others, compute_mode=mode)


def _blocks(count: int, most: int = _ROWS) -> Iterator[slice]:
    """The numbers up to ``count``, at most ``most`` at a time, at least one, and never more than ``_ROWS``."""
    size = max(1, min(_ROWS, most))
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def _nearest(features: Tensor, others: Tensor, own: Tensor | None) -> tuple[Tensor, Tensor]:
    rough = torch.cdist(features, others, compute_mode="use_mm_for_euclid_dist")
    if own is not None:
        rough.scatter_(1, own[:, None], torch.inf)
    numbers = rough.topk(min(_CANDIDATES, len(others) - (own is not None)), dim=1, largest=False).indices
    exact = (features[:, None] - others[numbers]).norm(dim=2)
    best = exact.argmin(dim=1, keepdim=True)
    return numbers.gather(1, best)[:, 0], exact.gather(1, best)[:, 0]


def _least_elsewhere(distances: Tensor, rows: slice) -> Tensor:
    own = torch.arange(rows.start, rows.stop)
    distances[torch.arange(len(own)), own] = torch.inf
    return distances.amin(dim=1)


def _mean(values: Tensor) -> float:
    return float(values.double().mean())
