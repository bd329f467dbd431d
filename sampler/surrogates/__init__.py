"""What f(G(c)) will about be, without running G or the network: screens draws before they are evaluated."""

from sampler.surrogates.cost import operations
from sampler.surrogates.network import Head, head
from sampler.surrogates.regression import Regression, coefficients
from sampler.surrogates.surrogate import Surrogate

__all__ = ["Head", "Regression", "Surrogate", "coefficients", "head", "operations"]
