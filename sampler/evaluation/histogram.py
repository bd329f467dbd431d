"""Where a band lies among the activations of natural images."""

from typing import Any

import torch
from torch import Tensor

from inverset.sampler.problem import Band, Problem

BINS = 60


def histograms(problem: Problem) -> list[dict[str, Any]] | None:
    """One for each neuron, in their order; None: there are no reference images.

    Activations that are no numbers are left out; where none is one, all bins are empty.
    Each: ``references``, how many there are; the shares of them ``below``, ``inside`` and ``above`` the band; ``quantiles`` of its
    ends; ``counts`` in BINS bins of equal width between the two ``edges``. Where no band was asked, those of the band are None.
    """
    reference = problem.bundle.reference
    if reference is None:
        return None
    activations = reference.read(problem.neurons).cpu()
    columns = zip(problem.neurons, problem.bands, activations.T, strict=True)
    return [{"neuron": str(neuron), **_histogram(band, values)} for neuron, band, values in columns]


def _histogram(band: Band, values: Tensor) -> dict[str, Any]:
    values = values[values.isfinite()]
    low, high = _edges(band, values)
    counts = torch.histc(values.double(), bins=BINS, min=low, max=high)
    return {
        "references": len(values),
        "edges": [low, high],
        "counts": [int(count) for count in counts],
        **_placed(band, values),
    }


def _edges(band: Band, values: Tensor) -> tuple[float, float]:
    """Of all that is to be seen: every reference and the band."""
    natural = [float(values.min()), float(values.max())] if len(values) else []
    outputs = [*natural, *((band.low, band.high) if not band.is_open else ())] or [0.0]
    low, high = min(outputs), max(outputs)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _placed(band: Band, values: Tensor) -> dict[str, Any]:
    if band.is_open:
        return dict.fromkeys(("range", "below", "inside", "above", "quantiles"))
    below, above = _share(values < band.low), _share(values > band.high)
    inside = _share((values >= band.low) & (values <= band.high))
    return {
        "range": [band.low, band.high],
        "below": below,
        "inside": inside,
        "above": above,
        "quantiles": [below, 1 - above],
    }


def _share(which: Tensor) -> float:
    return float(which.double().mean()) if len(which) else 0.0
