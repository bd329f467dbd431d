"""Constraints g <= 0 on codes, and the augmented Lagrangian's terms for them.

Each constraint is measured on its own scale (a band in half widths, norm and cycle error in shares of their limit),
so that one penalty serves all.
"""

import torch
from torch import Tensor

from inverset.sampler.problem import Evaluation, Problem

_WIDTH_INSET = 1e-4  # accept this share of the band's width inside it ...
_ROUNDING_INSET = 4e-6  # ... or this share of the activation, float32's rounding in another batch size
_NARROWEST_INSET = 0.25


def band_constraints(problem: Problem, activations: Tensor, margin: float = 0.0) -> Tensor:
    """The distances by which activations (k, m) lie below and above their bands, in half widths: (k, 2m).

    ``margin`` shrinks the band by that share of its half width at each side.
    """
    low, high = problem.bounds(activations)
    half = (high - low) / 2
    return torch.cat([(low - activations) / half + margin, (activations - high) / half + margin], dim=1)


def validity_constraints(problem: Problem, coordinates: Tensor, evaluation: Evaluation) -> Tensor:
    """The distances by which codes lie outside the region in which G was trained: (k, 1 or 2).

    Args:
        problem: whose code statistics hold the limits.
        coordinates: z: (k, m), the codes along the principal axes in standard deviations.
        evaluation: their forward pass.
    """
    statistics = problem.bundle.statistics
    columns = [coordinates.square().mean(dim=1) / statistics.norm_limit - 1]
    if evaluation.cycle is not None and statistics.cycle_limit is not None:
        columns.append(evaluation.cycle / statistics.cycle_limit - 1)
    return torch.stack(columns, dim=1)


def constraint_names(problem: Problem) -> list[str]:
    """The names of the constraints' columns, in order: lower ends of the bands, upper ends, then validity."""
    neurons = [str(neuron) for neuron in problem.neurons]
    bands = [f"{n} at least" for n in neurons] + [f"{n} at most" for n in neurons]
    return [
        *bands,
        "code norm",
        *(["cycle error"] if problem.bundle.statistics.cycle_limit is not None else []),
    ]


def augmented_lagrangian(constraints: Tensor, multipliers: Tensor, penalty: Tensor) -> Tensor:
    """The terms of the augmented Lagrangian with the slack eliminated: (k, q), one for each constraint.

    psi(g) = (max(0, lambda + mu g)^2 - lambda^2) / (2 mu), Nocedal & Wright, Numerical Optimization, ch. 17.
    ``penalty`` mu broadcasts, as (k, 1) or ().
    """
    return ((multipliers + penalty * constraints).relu().square() - multipliers.square()) / (2 * penalty)


def next_multipliers(constraints: Tensor, multipliers: Tensor, penalty: Tensor) -> Tensor:
    """The updated multipliers max(0, lambda + mu g): (k, q)."""
    return (multipliers + penalty * constraints).relu()


def in_band(problem: Problem, activations: Tensor) -> Tensor:
    """Which activations (k, m) lie safely within all bands: (k,) bool.

    Safely means a little inside, so that the same image in a batch of another size, whose sums round differently, cannot
    fall out.
    """
    low, high = problem.bounds(activations)
    width = high - low
    inset = torch.maximum(_WIDTH_INSET * width, _ROUNDING_INSET * torch.maximum(low.abs(), high.abs()))
    inset = torch.minimum(inset, _NARROWEST_INSET * width)
    inset = torch.where(width.isinf(), 0.0, inset)  # no band was given
    return ((activations >= low + inset) & (activations <= high - inset)).all(dim=1)
