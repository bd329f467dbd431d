"""Diversity objectives over features e = E(G(c))."""

import torch
from torch import Tensor

_DUPLICATE = 1e-6  # of the mean squared distance: keeps the logarithm of two equal features finite


def sum_of_squared_distances(features: Tensor) -> Tensor:
    """D(C) of eq 6 over features (k, e), as a number: sum_ij |e_i - e_j|^2 = 2k sum_i |e_i|^2 - 2 |sum_i e_i|^2."""
    return 2 * len(features) * features.square().sum() - 2 * features.sum(dim=0).square().sum()


def sum_of_squared_distances_to(features: Tensor, others: Tensor) -> Tensor:
    """sum over i and over y in C0 of |e_i - e_y|^2 (eq 10) for features (k, e), others (a, e): a number."""
    own = len(others) * features.square().sum()
    return own - 2 * features.sum(dim=0) @ others.sum(dim=0) + len(features) * others.square().sum()


def mean_log_squared_distance(features: Tensor, archive: Tensor) -> Tensor:
    """Mean over all others of log |e_i - e_j|^2: (k,), the others being the rest of the batch (k, e) and the archive (a, e).

    Unlike eq 6 it is not satisfied by two far clusters of duplicates: two equal features cost it dearly, and
    two that are far apart gain little from being farther.
    """
    k, others = len(features), torch.cat([features, archive])
    squared = features.square().sum(1)[:, None] + others.square().sum(1)[None, :] - 2 * features @ others.T
    squared = squared.clamp_min(0) + _DUPLICATE * squared.detach().mean()
    apart = torch.ones_like(squared, dtype=torch.bool)
    apart[:, :k].fill_diagonal_(fill_value=False)
    logarithms = torch.where(apart, squared, torch.ones_like(squared)).log()
    return logarithms.sum(dim=1) / max(1, k + len(archive) - 1)
