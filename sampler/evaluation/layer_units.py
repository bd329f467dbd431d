"""What images do to a neuron and to all units of its layer, compared with natural images."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.catalogue import NeuronStatistics
from inverset.contract.errors import ProblemError
from inverset.contract.neurons import direction_label
from inverset.sampler.bundle import Bundle
from inverset.sampler.hooks import LayerNotReached, LayerOutput, capture
from inverset.sampler.neuron import Neuron


class LayerActivations(NamedTuple):
    """Activations on k images: of a neuron, and of those units of its layer that were measured on natural images."""

    neuron: Tensor  # (k,)
    percentile: Tensor | None  # (k,) of the neuron; None: it was not measured
    names: Sequence[str]  # canonical, of the u units, read in the neuron's way
    units: Tensor  # (k, u)
    percentiles: Tensor  # (k, u)
    deviations: Tensor  # (k, u): above the mean, in standard deviations


@torch.no_grad()
def read_layer(bundle: Bundle, neuron: Neuron, images: Tensor) -> LayerActivations:
    """The activations on images (k, 3, h, w) uint8, on the CPU.

    Raises:
        ProblemError: the network does not reach the layer, or gives numbers that are not finite.
    """

    def both(layer: LayerOutput) -> tuple[Tensor, Tensor]:
        return neuron.read(layer.output).float().cpu(), neuron.read_layer(layer.output).float().cpu()

    pixels = images.to(bundle.statistics.mean.device).float() / 255
    try:
        read = capture(bundle.network, bundle.preprocess(pixels), {neuron.layer: both}, bundle.channels_last)[
            neuron.layer
        ]
    except LayerNotReached as error:
        raise ProblemError(f"{bundle.name} cannot be read at {error}") from None
    asked, units = read
    if not (asked.isfinite().all() and units.isfinite().all()):
        raise ProblemError(f"{neuron.layer} of {bundle.name} gives numbers that are not finite on an image")
    known = bundle.statistics_of(str(neuron)) if str(neuron) in bundle.measured else None
    names = _names(bundle, neuron, units.shape[1])
    rows = [number for number, name in enumerate(names) if name in bundle.measured]
    measured = [bundle.statistics_of(names[row]) for row in rows]
    values = units[:, rows]
    mean, sd = (
        values.new_tensor([each.mean for each in measured]),
        values.new_tensor([each.sd for each in measured]),
    )
    return LayerActivations(
        asked,
        percentiles([known], asked[:, None])[:, 0] if known else None,
        [names[row] for row in rows],
        values,
        percentiles(measured, values),
        (values - mean) / sd.clamp_min(1e-6),
    )


def top(read: LayerActivations, row: int, count: int) -> list[int]:
    """The units that an image drives most, the first most: by percentile, and among equal ones by deviation from the mean."""
    strength = zip(read.percentiles[row].tolist(), read.deviations[row].tolist(), strict=True)
    order = [number for _, number in sorted(((each, at) for at, each in enumerate(strength)), reverse=True)]
    return order[:count]


def percentiles(statistics: Sequence[NeuronStatistics], values: Tensor) -> Tensor:
    """The share of natural images, 0 to 100, with a lower activation than values (k, u) of u units; linear between measured quantiles."""
    result = torch.zeros_like(values)
    for shares, columns in _by_shares(statistics).items():
        quantiles = values.new_tensor(
            [[statistics[at].quantiles[share] for share in shares] for at in columns]
        )
        result[:, columns] = _shares_below(
            values.new_tensor([float(share) for share in shares]), quantiles, values[:, columns]
        )
    return 100 * result


def _by_shares(statistics: Sequence[NeuronStatistics]) -> Mapping[tuple[str, ...], list[int]]:
    """The units by the shares that their quantiles are of, in rising order: mostly all have the same."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for at, each in enumerate(statistics):
        groups.setdefault(tuple(sorted(each.quantiles, key=float)), []).append(at)
    return groups


def _shares_below(shares: Tensor, quantiles: Tensor, values: Tensor) -> Tensor:
    """Shares (k, u) below values (k, u), of quantiles (u, q) of rising shares (q,); of equal quantiles the lowest counts."""
    after = torch.searchsorted(quantiles, values.T.contiguous()).T  # quantiles that are less
    right = after.clamp(1, len(shares) - 1)
    units = torch.arange(len(quantiles)).expand_as(after)
    low, high = quantiles[units, right - 1], quantiles[units, right]
    along = ((values - low) / (high - low).clamp_min(1e-30)).clamp(0, 1)
    between = shares[right - 1] + (shares[right] - shares[right - 1]) * along
    return torch.where(after == 0, 0.0, torch.where(after == len(shares), 1.0, between))


def _names(bundle: Bundle, neuron: Neuron, count: int) -> list[str]:
    """The canonical names of a layer's units, or of the directions of the neuron's file, read in the neuron's way."""
    if neuron.directions is None:
        labels = next(each.labels for each in bundle.described_layers if each.name == neuron.layer)
        named = [*labels, *[None] * (count - len(labels))]
    else:
        named = [direction_label(neuron.directions.file, name) for name in neuron.directions.names]
    return [str(replace(neuron, unit=unit, label=label)) for unit, label in enumerate(named)]
