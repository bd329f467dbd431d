"""Summaries of each neuron's activations on natural images, for users and for the database."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from inverset.contract.catalogue import NeuronStatistics
from inverset.contract.neurons import DIRECTION
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.plan import Plan

TICKS = (
    *(0.0, 0.001, 0.005, 0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
    *(0.7, 0.8, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 1.0),
)  # as those of `scenes`
_AT_ONCE = 256  # neurons


def summaries(
    assembly: Assembly, plan: Plan, activations: Tensor | None, on_progress: Callable[[int, int, str], object]
) -> dict[str, NeuronStatistics]:
    """The mean, standard deviation and quantiles by canonical name, from a table (neurons, images) in the plan's order.

    A neuron with activations that are not finite has no summary.
    """
    by_name: dict[str, NeuronStatistics] = {}
    if activations is None:
        return by_name
    for (layer, reading), rows in plan.rows().items():
        names = _names(assembly, layer, reading)
        for first in range(rows.start, rows.stop, _AT_ONCE):
            block = activations[first : min(first + _AT_ONCE, rows.stop)]
            for offset, summary in enumerate(_summaries(block)):
                if summary is not None:
                    # Of two names, the first is meant.
                    by_name.setdefault(names[first - rows.start + offset], summary)
            on_progress(min(first + _AT_ONCE, rows.stop), plan.neurons, "neurons")
    return by_name


def summary(values: Tensor) -> NeuronStatistics | None:
    """Mean, standard deviation and quantiles of a neuron's activations (images,); None if some are not finite."""
    return _summaries(values[None])[0]


def _names(assembly: Assembly, layer: str, way: str) -> list[str]:
    """The canonical names of all units of a layer in one reading."""
    if way.startswith(DIRECTION):
        directions = assembly.network.directions[layer][way.removeprefix(DIRECTION)]
        return [f"{layer}:{way}#{name}" for name in directions.names]
    labels = assembly.network.labels.get(layer, ())
    units = range(len(labels), assembly.shapes[layer].units)
    ending = "" if way == "center" else f"@{way}"
    return [f"{layer}:{name}{ending}" for name in (*labels, *units)]


def _summaries(values: Tensor) -> list[NeuronStatistics | None]:
    """The summaries of neurons (k, images); None where some activations are not finite."""
    values = values.double()
    ticks = values.quantile(torch.tensor(TICKS, dtype=torch.double), dim=1).T.tolist()
    means = values.mean(dim=1).tolist()
    deviations = (values.std(dim=1) if values.shape[1] > 1 else torch.zeros(len(values))).tolist()
    return [
        NeuronStatistics(
            _short(mean),
            _short(deviation),
            {f"{p:g}": _short(v) for p, v in zip(TICKS, tick, strict=True)},
        )
        if math.isfinite(mean) and math.isfinite(deviation)
        else None
        for mean, deviation, tick in zip(means, deviations, ticks, strict=True)
    ]


def _short(value: float) -> float:
    return float(f"{value:.6g}")
