"""Judges of samples: features that neither the neuron, nor E, nor the training of G used."""

from weakref import finalize

import torch
from torch import Tensor

from inverset.sampler.bundle import Bundle, Described, Judge, Reference
from inverset.sampler.judges.gradients import GradientsAndColours
from inverset.sampler.judges.layer import LayerJudge, LayerLabeller
from inverset.sampler.judges.space import Space

__all__ = ["GradientsAndColours", "LayerJudge", "LayerLabeller", "Space", "described", "of", "space"]

_BATCH = 200
# Of reference images that live, by their id: not all of them have a hash.
_spaces: dict[int, dict[str, Space]] = {}


def of(bundle: Bundle) -> Judge:
    """The bundle's own judge, or else the one that needs no network."""
    return bundle.judge or GradientsAndColours()


def space(bundle: Bundle) -> Space | None:
    """The space in which a bundle's images are compared, computed once for its reference images; None: it has none."""
    reference, judge = bundle.reference, of(bundle)
    if reference is None or len(reference.codes) == 0:
        return None
    if id(reference) not in _spaces:
        _spaces[id(reference)] = {}
        finalize(reference, _spaces.pop, id(reference), None)
    known = _spaces[id(reference)]
    if judge.name not in known:
        known[judge.name] = Space.of(judge, described(reference, judge))
    return known[judge.name]


def described(reference: Reference, judge: Judge) -> Tensor:
    """The judge's features of every reference image (r, j): the stored ones, or computed now."""
    if isinstance(reference, Described):
        return reference.described(judge)
    return looked(reference, judge)


def looked(reference: Reference, judge: Judge) -> Tensor:
    """The judge's features of every reference image (r, j), computed now."""
    count = len(reference.codes)
    starts = range(0, count, _BATCH)
    return torch.cat(
        [judge.read(reference.images(range(first, min(first + _BATCH, count)))).cpu() for first in starts]
    )
