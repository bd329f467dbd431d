"""What the samplers ask of a surrogate."""

from typing import Protocol

from torch import Tensor


class Surrogate(Protocol):
    """Predicts activations from codes, differentiably."""

    exact: bool  # whether it is the network itself, so that the error is G's alone
    passes: float  # what one code costs, in forward passes of G and the network

    def predict(self, codes: Tensor) -> Tensor:
        """About f(G(c)) of codes (k, d): (k, m)."""
        ...
