"""Samples as points of a plane, for a page without a server: the first two principal components of their features."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from inverset.gallery.chunks import Arrays

Floats = np.ndarray[Any, np.dtype[np.float64]]
DIGITS = 3  # of a place


class Projection(NamedTuple):
    """Samples as points of a plane, in their order, and natural images among them."""

    method: str
    explained: float | None  # share of the variance; None: not known
    places: Sequence[Sequence[float]]  # (n, 2), of 0 to 1
    naturals: Sequence[int] = ()  # numbers of reference images
    natural_places: Sequence[Sequence[float]] = ()

    def to_json(self) -> dict[str, Any]:
        """The plane in JSON, with the samples' places as columns of thousandths, which are shortest."""
        columns = np.rint(1000 * np.array(self.places)).astype(int).T.tolist()
        return {**self._asdict(), "places": dict(zip(("across", "up"), columns, strict=True))}


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
    shown = float(spread[:2].sum() / spread.sum())
    return Projection("pca", round(shown, 4), _plane(centred / span + 0.5))


def _axes(apart: Floats) -> tuple[Floats, Floats]:
    """Squared singular values (r), falling, and left vectors (n, r) of centred features (n, e); e may be in the thousands."""
    if apart.shape[1] < len(apart):
        spread, axes = np.linalg.eigh(apart.T @ apart)  # rising
        spread = np.clip(spread[::-1], 0, None)
        lengths = np.sqrt(np.where(spread > 0, spread, 1))
        return spread, apart @ axes[:, ::-1] / lengths
    mixes, lengths, _ = np.linalg.svd(apart, full_matrices=False)
    return lengths**2, mixes


def _plane(places: Floats) -> Sequence[Sequence[float]]:
    """Places (n, 1 or 2) as pairs; along a single axis, the diagonal."""
    pairs: list[list[float]] = places[:, [0, places.shape[1] - 1]].round(DIGITS).tolist()
    return pairs
