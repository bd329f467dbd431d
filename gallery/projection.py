"""Samples as points of a plane, for a page without a server: the first two principal components of their features."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from inverset.gallery.chunks import Arrays

Floats = np.ndarray[Any, np.dtype[np.float64]]
SCALE = 999  # places are whole numbers from 0 to this


class Projection(NamedTuple):
    """Samples as points of a plane, in their order."""

    method: str
    explained: float  # share of the variance
    across: Sequence[int]
    up: Sequence[int]


def plane(arrays: Arrays) -> Projection | None:
    """Places (n) along two axes, and the share of the features' variance that they show; None: there are too few samples.

    Args:
        arrays: "features" (n, e), as a gallery has them.
    """
    features = arrays.get("features")
    if features is None or len(features) < 3:
        return None
    apart = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    spread, mixes = _axes(apart)
    if spread[0] <= 0:
        return None
    places = mixes[:, :2] * np.sqrt(spread[:2])
    span = np.ptp(places, axis=0).max()
    centred = places - (places.max(axis=0) + places.min(axis=0)) / 2
    whole = np.rint(SCALE * (centred / span + 0.5)).astype(int)
    shown = float(spread[:2].sum() / spread.sum())
    return Projection("pca", round(shown, 4), _column(whole, 0), _column(whole, 1))


def _axes(apart: Floats) -> tuple[Floats, Floats]:
    """Squared singular values (r), falling, and left vectors (n, r) of centred features (n, e); e may be in the thousands."""
    if apart.shape[1] < len(apart):
        spread, axes = np.linalg.eigh(apart.T @ apart)  # rising
        spread = np.clip(spread[::-1], 0, None)
        lengths = np.sqrt(np.where(spread > 0, spread, 1))
        return spread, apart @ axes[:, ::-1] / lengths
    mixes, lengths, _ = np.linalg.svd(apart, full_matrices=False)
    return lengths**2, mixes


def _column(places: np.ndarray[Any, np.dtype[np.int_]], axis: int) -> Sequence[int]:
    column: list[int] = places[:, min(axis, places.shape[1] - 1)].tolist()
    return column
