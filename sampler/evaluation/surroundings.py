"""Natural images around a band: some just below it, in it, and just above it."""

import torch
from torch import Tensor

from inverset.contract.evidence import NaturalImages, Surroundings
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.problem import Problem

SHOWN = 6  # images of a row


def surroundings(problem: Problem) -> Surroundings | None:
    """Natural images around the band of the first neuron, with all other neurons in theirs.

    On either side, images are taken from as many as lie in the band, but at least SHOWN. None: there are no reference images, or no
    band was asked.
    """
    reference, band = problem.bundle.reference, problem.bands[0]
    if reference is None or band.is_open:
        return None
    activations = reference.read(problem.neurons).cpu()
    rising = activations[:, 0][activations[:, 0].isfinite()].sort().values
    rows = _rising(activations, problem)
    values = activations[rows, 0]
    first, last = int((values < band.low).sum()), int((values <= band.high).sum())
    reach = max(last - first, SHOWN)
    slices = rows[max(0, first - reach) : first], rows[first:last], rows[last : last + reach]
    return Surroundings(*(_images(each, activations[:, 0], rising) for each in slices))


def _rising(activations: Tensor, problem: Problem) -> Tensor:
    """The images (k,) with all neurons but the first in their bands, by rising activation of the first."""
    kept = activations[:, 0].isfinite()
    for band, column in zip(problem.bands[1:], activations.T[1:], strict=True):
        kept &= (column >= band.low) & (column <= band.high)
    numbers = kept.nonzero()[:, 0]
    return numbers[activations[numbers, 0].argsort(stable=True)]


def _images(numbers: Tensor, activations: Tensor, rising: Tensor) -> NaturalImages:
    """Some of the images, evenly spread, and the quantiles of the first and the last."""
    if not len(numbers):
        return NaturalImages()
    some, ends = evenly(numbers, SHOWN), activations[numbers[[0, -1]]]
    shares = torch.searchsorted(rising, ends) / max(1, len(rising) - 1)
    return NaturalImages(
        tuple(some.tolist()), tuple(activations[some].tolist()), (float(shares[0]), float(shares[1]))
    )
