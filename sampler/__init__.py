"""Samples inverse sets: the algorithm, on tensors; knows nothing of the service.

from sampler import sample, zoo

result = sample(zoo.load("scenes"), {"neurons": [{"neuron": "fc8:volcano", "range": [2.0, 5.0]}], "n": 100})
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sampler.sampling import Result, sample

__all__ = ["Result", "sample"]


def __getattr__(name: str) -> Any:
    """``Result`` and ``sample``, once they are asked for: whoever reads a verdict needs no torch."""
    if name in __all__:
        return getattr(import_module("sampler.sampling"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
