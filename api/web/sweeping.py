"""The default bands of a sweep over one neuron."""

from inverset.contract import resolution
from inverset.contract.catalogue import Catalogue
from inverset.contract.errors import BadRange
from inverset.contract.spec import Quantiles

QUANTILES = ((0.1, 0.25), (0.5, 0.75), (0.75, 0.9), (0.9, 0.95), (0.95, 0.99), (0.99, 0.999))


def bands(offered: Catalogue, neuron: str) -> list[Quantiles]:
    """The nonempty ones of six rising quantile bands; none if the neuron was not measured.

    Args:
        offered: the model.
        neuron: its canonical name.
    """
    asked = (Quantiles(quantiles=each) for each in QUANTILES)
    return [each for each in asked if _there(offered, neuron, each)]


def _there(offered: Catalogue, neuron: str, band: Quantiles) -> bool:
    try:
        resolution.numbers(offered, neuron, band)
    except BadRange:  # many quantiles of a rectified neuron are zero
        return False
    return True
