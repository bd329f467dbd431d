"""What f(G(c)) will about be, without running G or the network: screens draws before they are evaluated."""

from inverset.sampler.surrogates.cost import operations
from inverset.sampler.surrogates.network import Head, head
from inverset.sampler.surrogates.regression import Regression, coefficients
from inverset.sampler.surrogates.surrogate import Surrogate

__all__ = ["Head", "Regression", "Surrogate", "coefficients", "head", "operations"]
