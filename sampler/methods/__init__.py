"""Names to methods: each is one file here, with ``Options``, ``State``, ``init``, ``step`` and ``terminate``."""

from collections.abc import Mapping
from typing import Any, Protocol

import torch

from sampler.methods import calibrated, paper
from sampler.methods.option import BadOption, checked, described
from sampler.problem import Problem, ProblemError
from sampler.steps import Emission, Outcome

__all__ = ["BadOption", "Method", "UnknownMethod", "describe", "get", "names", "options"]


class UnknownMethod(ProblemError):
    """No method of that name."""


class Method(Protocol):
    """What a file of a method offers. ``State`` is a NamedTuple of tensors, numbers and such tuples: the checkpoint."""

    SUMMARY: str
    DEFAULT_K: int
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


METHODS: Mapping[str, Any] = {"calibrated": calibrated, "paper": paper}


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


def describe(name: str) -> dict[str, Any]:
    """JSON-able: what the method is for, its batch size and its options with their limits."""
    method = get(name)
    return {"summary": method.SUMMARY, "default_k": method.DEFAULT_K, "options": described(method.Options)}


def options(name: str, given: Mapping[str, Any]) -> Any:
    """The method's options, with defaults for what is not given.

    Raises:
        BadOption: unknown, of the wrong type or out of its limits.
    """
    kind = get(name).Options
    return kind(**checked(kind, dict(given)))
