"""Samples the inverse set of a neuron: from a notebook, from scripts over HTTP, and on the command line.

Everything is imported below this name.
A notebook needs torch (``pip install 'inverset[sampler]'``): ``sample``, ``Model``, ``Generator``. ``Client`` asks a server and needs none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inverset.bands import deviations, quantiles
    from inverset.client import Client
    from inverset.errors import ProblemResponse, ServerUnreachable, UserError
    from inverset.model import Model, sample, train_generator
    from inverset.result import Result
    from inverset.sampler import zoo
    from inverset.sampler.zoo.in_memory import Generator

    NoAnswer, Refused = ServerUnreachable, ProblemResponse

_MODULES = {  # imported once they are asked for: a client needs neither torch nor a database
    "Client": "inverset.client",
    "Generator": "inverset.sampler.zoo.in_memory",
    "Model": "inverset.model",
    "ProblemResponse": "inverset.errors",
    "Result": "inverset.result",
    "ServerUnreachable": "inverset.errors",
    "UserError": "inverset.errors",
    "deviations": "inverset.bands",
    "quantiles": "inverset.bands",
    "sample": "inverset.model",
    "train_generator": "inverset.model",
    "zoo": "inverset.sampler",
}
_FORMER = {"NoAnswer": "ServerUnreachable", "Refused": "ProblemResponse"}  # names in 0.1

__all__ = [
    "Client",
    "Generator",
    "Model",
    "NoAnswer",
    "ProblemResponse",
    "Refused",
    "Result",
    "ServerUnreachable",
    "UserError",
    "deviations",
    "quantiles",
    "sample",
    "train_generator",
    "zoo",
]


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used."""
    name = _FORMER.get(name, name)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from inverset.errors import sampler_needed

    with sampler_needed():
        return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
