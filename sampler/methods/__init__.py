"""Names to methods: each is one file here, with ``Options``, ``State``, ``init``, ``step`` and ``terminate``."""

from collections.abc import Mapping
from typing import Any, Protocol

import torch

from sampler.bundle import Bundle
from sampler.methods import (
    activation_maximization,
    calibrated,
    code_distance,
    conditional,
    counterfactual,
    dgn_am,
    image_distance,
    jittered_references,
    joint,
    no_diversity,
    paper,
    pixels,
    ppgn,
    reference,
    rejection,
)
from sampler.option import BadOption, checked, described
from sampler.problem import Problem, ProblemError
from sampler.steps import Emission, Outcome

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
    "options",
]


class UnknownMethod(ProblemError):
    """No method of that name."""


class Method(Protocol):
    """What a file of a method offers. ``State`` is a NamedTuple of tensors, numbers and such tuples: the checkpoint."""

    SUMMARY: str
    DEFAULT_K: int
    NEEDS: tuple[str, ...]  # of "band", "references", "inverse": see ``lacking``
    Options: type[Any]
    State: type[Any]

    @staticmethod
    def init(problem: Problem, options: Any, k: int, random: torch.Generator) -> Any:
        """Start k codes."""
        ...

    @staticmethod
    def step(problem: Problem, options: Any, state: Any) -> tuple[Any, Emission]:
        """One gradient evaluation of the batch."""
        ...

    @staticmethod
    def terminate(problem: Problem, options: Any, state: Any) -> Outcome | None:
        """Why the method itself stops, if it does."""
        ...


METHODS: Mapping[str, Any] = {
    "conditional": conditional,
    "counterfactual": counterfactual,
    "calibrated": calibrated,
    "paper": paper,
    "joint": joint,
    "pixels": pixels,
    "image-distance": image_distance,
    "code-distance": code_distance,
    "no-diversity": no_diversity,
    "ppgn": ppgn,
    "dgn-am": dgn_am,
    "activation-maximization": activation_maximization,
    "jittered-references": jittered_references,
    "rejection": rejection,
    "reference": reference,
}

DEFAULT = next(iter(METHODS))


def names() -> tuple[str, ...]:
    """All methods, the default first."""
    return tuple(METHODS)


def get(name: str) -> Method:
    """A method by its name.

    Raises:
        UnknownMethod: there is none.
    """
    if name not in METHODS:
        raise UnknownMethod(f"there is no method {name!r}; there are {', '.join(METHODS)}")
    method: Method = METHODS[name]
    return method


def lacking(name: str, bundle: Bundle) -> str | None:
    """What of a model the method needs and does not find, for people; None: it can be used."""
    needs = get(name).NEEDS
    if "references" in needs and bundle.reference is None:
        return f"{name} needs reference images, and {bundle.name} has none"
    if "inverse" in needs and bundle.statistics.cycle_limit is None:
        return f"{name} needs a generator that inverts a layer of the network, and that of {bundle.name} does not"
    return None


def check(name: str, problem: Problem) -> None:
    """Hold a problem against what the method can do.

    Raises:
        ProblemError: it needs a band that was not given, or something that the model has not.
    """
    if wrong := lacking(name, problem.bundle):
        raise ProblemError(wrong)
    for neuron, band in zip(problem.neurons, problem.bands, strict=True):
        if band.is_open and "band" in get(name).NEEDS:
            raise ProblemError(f"{name} needs a range for {neuron}")


def describe(name: str) -> dict[str, Any]:
    """JSON-able: what the method is for, its batch size and its options with their limits."""
    method = get(name)
    return {
        "summary": method.SUMMARY,
        "default_k": method.DEFAULT_K,
        "needs_band": "band" in method.NEEDS,
        "options": described(method.Options),
    }


def options(name: str, given: Mapping[str, Any]) -> Any:
    """The method's options, with defaults for what is not given.

    Raises:
        BadOption: unknown, of the wrong type or out of its limits.
    """
    kind = get(name).Options
    return kind(**checked(kind, dict(given)))
