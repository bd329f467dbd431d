"""The fitted surrogate: f as a function of the code, by ridge regression on the reference images' codes and activations.

Ridge regression on whitened codes and random rectified features of them (Rahimi & Recht 2007); one factorisation serves every neuron
of a model.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics, Reference
from inverset.sampler.problem import Problem

_AXES = 128  # leading axes that are used
_FEATURES = 1500  # random ones
_RIDGE = 1e-3  # share of the features' mean square that is added to the diagonal
_ROWS = 1000  # references at once
_MOST = 20_000  # references that are learnt from

_factors: "WeakKeyDictionary[Reference, tuple[Tensor, Tensor]]" = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Regression:
    """The predictions of one problem's neurons."""

    statistics: CodeStatistics
    weights: Tensor  # (p, m), from ``coefficients``

    def predict(self, codes: Tensor) -> Tensor:
        """The predicted activations f(G(c)) of codes (k, d): (k, m)."""
        return _features(self.statistics, codes) @ self.weights


def coefficients(problem: Problem) -> Tensor:
    """The regression's weights (p, m), fitted to the problem's neurons on the model's reference images.

    Raises:
        ProblemError: the model has no reference images with codes.
    """
    reference, statistics = problem.bundle.reference, problem.bundle.statistics
    assert reference is not None  # noqa: S101 - callers looked
    count = len(reference.codes)
    rows = torch.arange(min(count, _MOST)) * count // min(count, _MOST)
    targets = reference.read(problem.neurons)[rows].to(statistics.mean)
    centre = targets.mean(dim=0)
    factor, features = _factored(reference, statistics, rows)
    fitted = torch.cholesky_solve(features.T.double() @ (targets - centre).double(), factor).float()
    fitted[0] += centre  # the first feature is 1
    return fitted.contiguous()  # as it is after a checkpoint: layouts round differently


def _factored(reference: Reference, statistics: CodeStatistics, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The Cholesky factor of the ridge problem (p, p) and the features (r, p), made once a model."""
    if reference not in _factors:
        features = torch.cat(
            [
                _features(statistics, reference.invert(subset).to(statistics.mean))
                for subset in rows.split(_ROWS)
            ]
        )
        gram = (features.T @ features).double()
        ridge = _RIDGE * gram.diagonal().mean()
        gram.diagonal()[1:] += ridge  # the constant is free
        _factors[reference] = torch.linalg.cholesky(gram), features
    return _factors[reference]


def _features(statistics: CodeStatistics, codes: Tensor) -> Tensor:
    """The regression's features: 1, the whitened code and random features of it: (k, p)."""
    white = statistics.whitened(codes)[:, :_AXES]
    random = torch.Generator().manual_seed(0)
    mixing = torch.randn(white.shape[1], _FEATURES, generator=random).to(white) / white.shape[1] ** 0.5
    offsets = torch.randn(_FEATURES, generator=random).to(white)
    return torch.cat([torch.ones_like(white[:, :1]), white, (white @ mixing + offsets).relu()], dim=1)
