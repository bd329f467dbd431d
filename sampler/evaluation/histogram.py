"""Where a band lies among the activations of natural images."""

from dataclasses import replace

import torch
from torch import Tensor

from inverset.contract.evidence import BandHistogram
from inverset.sampler.problem import Band, Problem

BINS = 60


def histograms(problem: Problem) -> tuple[BandHistogram, ...] | None:
    """One for each neuron, in their order, of BINS bins; None: there are no reference images.

    Activations that are no numbers are left out; where none is one, all bins are empty.
    """
    reference = problem.bundle.reference
    if reference is None:
        return None
    activations = reference.read(problem.neurons).cpu()
    columns = zip(problem.neurons, problem.bands, activations.T, strict=True)
    return tuple(_histogram(str(neuron), band, values) for neuron, band, values in columns)


def _histogram(neuron: str, band: Band, values: Tensor) -> BandHistogram:
    values = values[values.isfinite()]
    low, high = _edges(band, values)
    counts = torch.histc(values.double(), bins=BINS, min=low, max=high)
    found = BandHistogram(neuron, len(values), (low, high), tuple(int(count) for count in counts))
    return found if band.is_open else _placed(found, band, values)


def _edges(band: Band, values: Tensor) -> tuple[float, float]:
    """Of all that is to be seen: every reference and the band."""
    natural = [float(values.min()), float(values.max())] if len(values) else []
    outputs = [*natural, *((band.low, band.high) if not band.is_open else ())] or [0.0]
    low, high = min(outputs), max(outputs)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _placed(found: BandHistogram, band: Band, values: Tensor) -> BandHistogram:
    below, above = _share(values < band.low), _share(values > band.high)
    inside = _share((values >= band.low) & (values <= band.high))
    return replace(
        found,
        range=(band.low, band.high),
        below=below,
        inside=inside,
        above=above,
        quantiles=(below, 1 - above),
    )


def _share(which: Tensor) -> float:
    return float(which.double().mean()) if len(which) else 0.0
