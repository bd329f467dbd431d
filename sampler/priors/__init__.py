"""Distributions of codes whose images are natural: c = T(z), z ~ N(0, I).

A flow is learnt from many reference codes, a mixture of Gaussians from fewer; the Gaussian of the code statistics is what is
left where there are hardly any, and it is the generator's own prior where that has one.
"""

from inverset.sampler.bundle import Bundle, Prior
from inverset.sampler.priors.flow import Flow, MapFlow
from inverset.sampler.priors.gaussian import Gaussian
from inverset.sampler.priors.mixture import Mixture

__all__ = ["Flow", "Gaussian", "MapFlow", "Mixture", "of"]


def of(bundle: Bundle) -> Prior:
    """The bundle's prior; the Gaussian of its code statistics if none was fitted."""
    return bundle.prior or Gaussian(bundle.statistics)
