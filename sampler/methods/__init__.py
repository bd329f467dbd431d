"""The methods by name. Each is a file with a ``Method``; the paper's variants are data in ``hada/variants.py``."""

from collections.abc import Mapping
from typing import Any

from inverset.contract.options import cards, complaint
from inverset.sampler.bundle import Bundle
from inverset.sampler.methods import (
    activation_maximization,
    calibrated,
    conditional,
    counterfactual,
    dgn_am,
    jittered_references,
    ppgn,
    reference,
    rejection,
)
from inverset.sampler.methods.hada.variants import VARIANTS
from inverset.sampler.methods.method import Method
from inverset.sampler.problem import Problem, ProblemError

__all__ = [
    "DEFAULT",
    "BadOption",
    "Method",
    "UnknownMethod",
    "check",
    "describe",
    "get",
    "lacking",
    "names",
    "offered",
    "options",
]


class BadOption(ProblemError):
    """Raised for an unknown option or an invalid value; the message names both."""


class UnknownMethod(ProblemError):
    """Raised for an unknown method name."""


METHODS: Mapping[str, Method[Any, Any]] = {
    "conditional": conditional.METHOD,
    "counterfactual": counterfactual.METHOD,
    "calibrated": calibrated.METHOD,
    **VARIANTS,
    "ppgn": ppgn.METHOD,
    "dgn-am": dgn_am.METHOD,
    "activation-maximization": activation_maximization.METHOD,
    "jittered-references": jittered_references.METHOD,
    "rejection": rejection.METHOD,
    "reference": reference.METHOD,
}

DEFAULT = next(iter(METHODS))


def names() -> tuple[str, ...]:
    """The names of all methods, the default first."""
    return tuple(METHODS)


def get(name: str) -> Method[Any, Any]:
    """The method with this name.

    Raises:
        UnknownMethod: there is no method of that name.
    """
    if name not in METHODS:
        raise UnknownMethod(f"there is no method {name!r}; there are {', '.join(METHODS)}")
    return METHODS[name]


def lacking(name: str, bundle: Bundle) -> str | None:
    """What the method needs and the model lacks, as a sentence; None: the method can be used."""
    needs = get(name).needs
    if "references" in needs and bundle.reference is None:
        return f"{name} needs natural images, and {bundle.name} has none"
    if "inverse" in needs and bundle.statistics.cycle_limit is None:
        return f"{name} needs a generator that inverts a layer of the network, and that of {bundle.name} does not"
    return None


def check(name: str, problem: Problem) -> None:
    """Check that the method can answer the problem.

    Raises:
        ProblemError: it needs a band that was not given, or something that the model has not.
    """
    if fault := lacking(name, problem.bundle):
        raise ProblemError(fault)
    for neuron, band in zip(problem.neurons, problem.bands, strict=True):
        if band.is_open and "band" in get(name).needs:
            raise ProblemError(f"{name} needs a range for {neuron}")


def describe(name: str) -> dict[str, Any]:
    """The method's purpose, batch size and options with their limits, as JSON-able values."""
    method = get(name)
    return {
        "summary": method.summary,
        "default_k": method.default_k,
        "needs_band": "band" in method.needs,
        "options": {option: card.to_json() for option, card in cards(method.options).items()},
    }


def options(name: str, given: Mapping[str, Any]) -> Any:
    """The method's options, with defaults where none are given.

    Raises:
        BadOption: an option is unknown, of the wrong type or out of its limits.
    """
    kind = get(name).options
    known = cards(kind)
    for option, value in given.items():
        if fault := complaint(known, option, value):
            raise BadOption(fault)
    return kind(**given)


def offered(bundle: Bundle) -> dict[str, Any]:
    """Every method that can sample this model, with its options."""
    return {name: describe(name) for name in names() if not lacking(name, bundle)}
