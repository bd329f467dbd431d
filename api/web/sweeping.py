"""The default bands of a sweep over one neuron."""

from typing import Any

from inverset.contract.errors import BadRange
from inverset.jobs import catalogue
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.spec import Quantiles

QUANTILES = ((0.1, 0.25), (0.5, 0.75), (0.75, 0.9), (0.9, 0.95), (0.95, 0.99), (0.99, 0.999))


def bands(offered: Catalogue, neuron: str) -> list[dict[str, Any]]:
    """The nonempty ones of six rising quantile bands; none if the neuron was not measured.

    Args:
        offered: the model.
        neuron: its canonical name.
    """
    return [{"quantiles": list(each)} for each in QUANTILES if _there(offered, neuron, each)]


def _there(offered: Catalogue, neuron: str, quantiles: tuple[float, float]) -> bool:
    try:
        catalogue.numbers(offered, neuron, Quantiles(quantiles=quantiles))
    except BadRange:  # many quantiles of a rectified neuron are zero
        return False
    return True
