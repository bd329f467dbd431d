"""What is asked again and again: neurons of two layers, each at a common, a high and a rare band."""

from collections.abc import Iterator
from typing import NamedTuple

from sampler.bundle import Bundle
from sampler.problem import Band, Neuron, Problem

LAYERS = ("fc8", "conv5")
NEURONS = 12  # a layer


class Question(NamedTuple):
    """One neuron at one band."""

    level: str
    problem: Problem


def questions(bundle: Bundle, neurons: int = NEURONS) -> Iterator[Question]:
    """Every question on the first ``neurons`` units of each layer."""
    for layer in LAYERS:
        for unit in range(neurons):
            neuron = Neuron.parse(f"{layer}:{unit}", bundle)
            for level, band in levels(bundle, neuron).items():
                yield Question(level, Problem(bundle, (neuron,), (band,)))


def levels(bundle: Bundle, neuron: Neuron) -> dict[str, Band]:
    """Bands between quantiles of the reference activations; the rare one goes 15 % beyond the largest."""
    if bundle.reference is None:
        raise ValueError(f"{bundle.name} has no reference images to take bands from")
    values = bundle.reference.read([neuron])[:, 0]
    at = [float(values.quantile(share)) for share in (0.5, 0.7, 0.9, 0.97, 0.995)]
    most = float(values.max())
    return {
        "q.50-q.70": Band(at[0], at[1]),
        "q.90-q.97": Band(at[2], at[3]),
        "q.995-1.15 max": Band(at[4], most + 0.15 * abs(most)),
    }
