"""Smallest steps that bring activations to their targets, to first order."""

from collections.abc import Callable

import torch
from torch import Tensor

_REGULAR = 1e-6  # of the diagonal's mean: keeps equal neurons from making the system singular


def minimal_step(jacobian: Tensor, change: Tensor, metric: Tensor, axes: Tensor | None = None) -> Tensor:
    """The shortest step d with J d = change, where length is measured by a metric: d = M J' (J M J')^-1 change, M = V diag(metric) V'.

    Args:
        jacobian: J (k, m, d) of m activations.
        change: of the activations (k, m).
        metric: (a,) how freely each axis moves; ones for the plain Euclidean length.
        axes: V (d, a), orthonormal; None: the entries themselves.
    """
    along = jacobian if axes is None else jacobian @ axes
    system = (along * metric) @ along.transpose(1, 2)
    size = system.diagonal(dim1=1, dim2=2).mean(dim=1).clamp_min(1e-30)
    system = system + _REGULAR * size[:, None, None] * torch.eye(len(system[0]), device=system.device)
    solved = torch.linalg.solve(system, change[:, :, None])
    step: Tensor = ((along * metric).transpose(1, 2) @ solved)[:, :, 0]
    return step if axes is None else step @ axes.T


def shortened(step: Tensor, length: Tensor | float) -> Tensor:
    """Steps (k, d) scaled down to at most this Euclidean length, a number or (k,)."""
    limit = torch.as_tensor(length, device=step.device, dtype=step.dtype).expand(len(step))
    factors = limit / step.norm(dim=1).clamp_min(1e-30)
    short: Tensor = step * factors.clamp_max(1.0)[:, None]
    return short


def slopes(function: Callable[[Tensor], Tensor], places: Tensor) -> tuple[Tensor, Tensor]:
    """A function's values (k, m) at points (k, d), and its Jacobian (k, m, d)."""
    places = places.detach().requires_grad_()
    values = function(places)
    return values.detach(), jacobian(values, places)


def jacobian(values: Tensor, places: Tensor) -> Tensor:
    """The Jacobian (k, m, d) of values (k, m) with respect to points (k, d), by m backward passes."""
    rows = [
        torch.autograd.grad(column.sum(), places, retain_graph=number + 1 < values.shape[1])[0]
        for number, column in enumerate(values.unbind(dim=1))
    ]
    return torch.stack(rows, dim=1).detach()
