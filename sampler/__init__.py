"""The sampling algorithm, on tensors. It knows nothing of the service.

from inverset.sampler import sample, zoo

result = sample(zoo.load("scenes"), {"neurons": [{"neuron": "fc8:volcano", "range": [2.0, 5.0]}], "n": 100})
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inverset.sampler import zoo
    from inverset.sampler.sampling import Result, sample

__all__ = ["Result", "sample", "zoo"]


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: reading a verdict needs no torch."""
    if name == "zoo":
        return import_module("inverset.sampler.zoo")
    if name in __all__:
        return getattr(import_module("inverset.sampler.sampling"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
