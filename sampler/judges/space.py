"""Where images are compared: a judge's features of photographs, reduced to the few dimensions in which these vary."""

from dataclasses import dataclass

import torch
from torch import Tensor

from inverset.sampler.bundle import Judge
from inverset.sampler.evaluation.clusters import evenly

DIMENSIONS = 64  # at most: in thousands, balls around photographs hold whatever lies near the mean
FITTED = 2000  # photographs that axes are found from
_BATCH = 200


@dataclass(frozen=True)
class Space:
    """Principal axes of what a judge says of reference images, which are kept as they lie in them."""

    judge: Judge
    mean: Tensor  # (j,)
    axes: Tensor  # (j, m), m at most DIMENSIONS
    explained: float  # share of the photographs' variance along the axes
    references: Tensor  # (r, m)

    @classmethod
    def of(cls, judge: Judge, features: Tensor) -> "Space":
        """Found from the features (r, j) of reference images. The same features give the same axes."""
        from sklearn.decomposition import PCA  # noqa: PLC0415 - takes a second, and most processes have no use for it

        some = evenly(features, FITTED).double().numpy()
        found = PCA(
            min(DIMENSIONS, *some.shape),
            svd_solver="full" if some.shape[1] <= FITTED else "randomized",
            random_state=0,
        )
        found.fit(some)
        mean = torch.from_numpy(found.mean_).float()
        axes = torch.from_numpy(found.components_.T.copy()).float()
        reduced = torch.cat([(chunk - mean) @ axes for chunk in features.split(_BATCH)])
        return cls(judge, mean, axes, float(found.explained_variance_ratio_.sum()), reduced)

    def read(self, images: Tensor) -> Tensor:
        """Images (k, 3, h, w) uint8 as the judge sees them: (k, m) on the CPU."""
        chunks = [self.judge.read(batch).cpu() for batch in images.split(_BATCH)]
        return torch.cat([(chunk - self.mean) @ self.axes for chunk in chunks])
