"""The interface of a surrogate."""

from typing import Protocol

from torch import Tensor


class Surrogate(Protocol):
    """Predicts activations from codes, differentiably."""

    def predict(self, codes: Tensor) -> Tensor:
        """The predicted activations f(G(c)) of codes (k, d): (k, m)."""
        ...
