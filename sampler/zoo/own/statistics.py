"""Statistics of the region in which a generator was trained, from reference codes or its prior."""

from collections.abc import Iterator

import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.zoo.parts import Generator

KEPT, FEWEST_KEPT = (
    0.99,
    0.95,
)  # of the variance along principal axes; where as many axes as may be kept hold less, there are none
MOST_AXES, _MOST_NUMBERS = (
    512,
    2**22,
)  # of axes; narrow codes may have more, until all axes have so many numbers together
MOST_ROWS = 2048  # codes that axes of wide codes are computed from
NORM_QUANTILE, CYCLE_QUANTILE = 0.95, 0.97
_CHUNK = 256
_DRAWS = 2000
_TINY = 1e-6  # of the largest deviation: an entry that varies less does not vary


def of_codes(codes: Tensor, generator: Generator, cycle: Tensor | None) -> CodeStatistics:
    """Statistics of reference codes (r, d), which may lie in a file; ``cycle`` are their errors |E(G(c)) - c| / |c| (k,), or None.

    Axes are principal ones. Codes so wide and so evenly spread that as many as may be kept hold less than ``FEWEST_KEPT`` of their variance
    have none: then the entries themselves are moved.
    """
    mean, deviations = moments(codes)
    principal = _axes(codes, mean)
    if principal is None:
        axes, scales = None, deviations.clamp_min(_TINY * deviations.max().clamp_min(_TINY))
    else:
        axes, scales = principal
    norms = torch.cat([_norms(chunk, mean, axes, scales) for chunk in codes.split(_CHUNK)])
    return CodeStatistics(
        mean,
        axes,
        scales,
        floor=generator.floor,
        ceiling=generator.ceiling,
        norm_limit=float(norms.quantile(NORM_QUANTILE)),
        cycle_limit=None if cycle is None else float(cycle.quantile(CYCLE_QUANTILE)),
    )


def of_prior(generator: Generator, cycle: Tensor | None) -> CodeStatistics:
    """Statistics of a generator's own prior; the limit of the norm is that of draws."""
    prior = generator.prior
    norms = torch.cat([_norms(chunk, prior.mean, None, prior.scales) for chunk in draws(generator, _DRAWS)])
    return CodeStatistics(
        prior.mean,
        None,
        prior.scales,
        floor=generator.floor,
        ceiling=generator.ceiling,
        norm_limit=float(norms.quantile(NORM_QUANTILE)),
        cycle_limit=None if cycle is None else float(cycle.quantile(CYCLE_QUANTILE)),
    )


def draws(generator: Generator, count: int, batch: int = _CHUNK) -> Iterator[Tensor]:
    """Draws of a generator's prior: (batch, d) at a time, on the CPU, within bounds; the same for the same generator."""
    mean, scales = generator.prior.mean.cpu(), generator.prior.scales.cpu()
    random = torch.Generator().manual_seed(0)
    for first in range(0, count, batch):
        size = (min(batch, count - first), len(mean))
        codes = mean + scales * torch.randn(size, generator=random)
        bounded = generator.floor is not None or generator.ceiling is not None
        yield codes.clamp(generator.floor, generator.ceiling) if bounded else codes


def moments(codes: Tensor) -> tuple[Tensor, Tensor]:
    """The mean and the standard deviation of each entry: two (d,), without a copy of all codes."""
    width = codes.shape[1]
    total, squares = torch.zeros(width, dtype=torch.double), torch.zeros(width, dtype=torch.double)
    for chunk in codes.split(_CHUNK):
        total += chunk.double().sum(0)
    mean = total / len(codes)
    for chunk in codes.split(_CHUNK):
        squares += (chunk.double() - mean).square().sum(0)
    return mean.float(), (squares / max(1, len(codes) - 1)).sqrt().float()


def _axes(codes: Tensor, mean: Tensor) -> tuple[Tensor, Tensor] | None:
    """The principal axes (d, m) and the scales along them (m,); None: too many would be needed."""
    rows = _selection(codes)
    centred = rows - mean
    if centred.shape[1] <= len(centred):
        variances, vectors = torch.linalg.eigh((centred.T.double() @ centred.double()) / (len(rows) - 1))
        axes = vectors.float()
    else:  # wide codes: the axes lie in the span of the rows
        variances, mixes = torch.linalg.eigh((centred @ centred.T).double() / max(1, len(rows) - 1))
        axes = centred.T @ mixes.float()
        axes = axes / axes.norm(dim=0).clamp_min(1e-12)
    variances, axes = variances.flip(0).clamp_min(0), axes.flip(1)
    share = variances.cumsum(0) / variances.sum().clamp_min(1e-30)
    most = max(MOST_AXES, _MOST_NUMBERS // codes.shape[1])
    kept = min(int((share < KEPT).sum()) + 1, most, int((variances > 1e-10 * variances[0]).sum()))
    if kept == 0 or float(share[kept - 1]) < FEWEST_KEPT:
        return None
    return axes[:, :kept].contiguous(), variances[:kept].sqrt().float()


def _selection(codes: Tensor) -> Tensor:
    """All codes, or an evenly spread selection, for computing axes."""
    if len(codes) <= MOST_ROWS or codes.shape[1] <= MOST_ROWS:
        return codes
    return codes[torch.arange(MOST_ROWS) * len(codes) // MOST_ROWS]


def _norms(codes: Tensor, mean: Tensor, axes: Tensor | None, scales: Tensor) -> Tensor:
    """The norms |z|^2 / m of codes (k, d): (k,)."""
    centred = codes - mean
    return ((centred if axes is None else centred @ axes) / scales).square().mean(dim=1)
