"""What natural images do to neurons: how the activations are spread, and which images lie where."""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.sampler.evaluation.histogram import BINS

QUANTILES = (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)  # of bins: narrow in the tails
SHOWN = 6  # images of a bin


class Exemplars(NamedTuple):
    """Of m neurons; a bin holds the images between two of QUANTILES, b bins in all. Images are told by their numbers."""

    edges: Tensor  # (m, 2) float64: the lowest and the highest activation
    counts: Tensor  # (m, BINS) int64: images in bins of equal width between the edges
    numbers: (
        Tensor  # (m, b, SHOWN) int64: some of a bin's images, evenly spread, rising; -1: there are no more
    )
    activations: Tensor  # (m, b, SHOWN): theirs; 0 where there is none
    ends: Tensor  # (m, b, 2): the lowest and the highest activation of each bin; 0 where it holds no image


def exemplars(activations: Tensor) -> Exemplars:
    """Choose images of every bin, given activations (r, m) on r natural images, all of them numbers."""
    rising = activations.T.contiguous().sort(dim=1, stable=True)
    shown, ends = _places(len(activations))
    edges = rising.values[:, [0, -1]].double()
    return Exemplars(
        edges,
        _counts(rising.values, edges),
        rising.indices[:, shown].where(shown >= 0, -1),
        rising.values[:, shown].where(shown >= 0, 0),
        rising.values[:, ends].where(ends >= 0, 0),
    )


def joined(several: list[Exemplars]) -> Exemplars:
    """Those of more neurons, one after the other."""
    return Exemplars(*(torch.cat(columns) for columns in zip(*several, strict=True)))


def _places(count: int) -> tuple[Tensor, Tensor]:
    """Of ``count`` images in rising order: the places of those shown (b, SHOWN), and of each bin's ends (b, 2); -1: none."""
    starts = [int(quantile * count + 1e-9) for quantile in QUANTILES]
    bins = [range(first, last) for first, last in pairwise(starts)]
    shown = [_evenly(each) for each in bins]
    return torch.tensor(shown), torch.tensor([[each[0], each[-1]] if each else [-1, -1] for each in bins])


def _evenly(places: range) -> list[int]:
    """SHOWN of them, the first and the last among them; filled up with -1."""
    kept, last = min(SHOWN, len(places)), len(places) - 1
    chosen = [places[round(each * last / max(1, kept - 1))] for each in range(kept)]
    return chosen + [-1] * (SHOWN - kept)


def _counts(values: Tensor, edges: Tensor) -> Tensor:
    """Of each row (m, r), how many lie in each of BINS bins of equal width; where all are equal, all in the middle."""
    low, high = edges[:, :1], edges[:, 1:]
    width = (high - low).clamp_min(1e-300)
    bins = ((values.double() - low) / width * BINS).long().clamp(0, BINS - 1)
    bins = bins.where(high > low, BINS // 2)
    return torch.zeros(len(values), BINS, dtype=torch.int64).scatter_add_(1, bins, torch.ones_like(bins))
