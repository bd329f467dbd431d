"""The space in which images are compared: a judge's features, reduced to the principal axes of photographs."""

from dataclasses import dataclass

import torch
from torch import Tensor

from inverset.sampler.bundle import Judge
from inverset.sampler.evaluation.clusters import evenly

DIMENSIONS = 64  # at most: in thousands, balls around photographs hold whatever lies near the mean
FITTED = 2000  # photographs that the axes are computed from
_BATCH = 200


@dataclass(frozen=True)
class Space:
    """Principal axes of a judge's features of reference images, with the images' coordinates along them."""

    judge: Judge
    mean: Tensor  # (j,)
    axes: Tensor  # (j, m), m at most DIMENSIONS
    explained: float  # share of the photographs' variance along the axes
    references: Tensor  # (r, m)

    @classmethod
    def of(cls, judge: Judge, features: Tensor) -> "Space":
        """The space of the features (r, j) of reference images. The same features give the same axes."""
        from sklearn.decomposition import PCA  # noqa: PLC0415 - takes a second, and most processes have no use for it

        selection = evenly(features, FITTED).double().numpy()
        components = PCA(
            min(DIMENSIONS, *selection.shape),
            svd_solver="full" if selection.shape[1] <= FITTED else "randomized",
            random_state=0,
        )
        components.fit(selection)
        mean = torch.from_numpy(components.mean_).float()
        axes = torch.from_numpy(components.components_.T.copy()).float()
        reduced = torch.cat([(chunk - mean) @ axes for chunk in features.split(_BATCH)])
        return cls(judge, mean, axes, float(components.explained_variance_ratio_.sum()), reduced)

    def read(self, images: Tensor) -> Tensor:
        """The coordinates (k, m), on the CPU, of images (k, 3, h, w) uint8."""
        chunks = [self.judge.read(batch).cpu() for batch in images.split(_BATCH)]
        return torch.cat([(chunk - self.mean) @ self.axes for chunk in chunks])
