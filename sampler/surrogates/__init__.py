"""Surrogates: cheap predictions of f(G(c)) without running G or the network, to screen draws."""

from inverset.sampler.surrogates.cost import operations
from inverset.sampler.surrogates.network import Head, head
from inverset.sampler.surrogates.regression import Regression, coefficients
from inverset.sampler.surrogates.surrogate import Surrogate

__all__ = ["Head", "Regression", "Surrogate", "coefficients", "head", "operations"]
