"""A method's option: a field of its ``Options`` with a default, a sentence and limits."""

from dataclasses import Field, field, fields
from typing import Any

from sampler.problem import ProblemError


class BadOption(ProblemError):
    """No such option, or not such a value; the message names both."""


def option(default: Any, doc: str, minimum: float = 0, maximum: float = 1) -> Any:
    """Declare an option; ``doc`` says what it is and in which unit."""
    return field(default=default, metadata={"doc": doc, "minimum": minimum, "maximum": maximum})


def described(kind: type) -> dict[str, dict[str, Any]]:
    """JSON-able description of an ``Options`` class: name -> type, default, minimum, maximum, doc."""
    return {each.name: _describe(each) for each in fields(kind)}


def checked(kind: type, given: dict[str, Any]) -> dict[str, Any]:
    """The given options, each known and within its limits.

    Raises:
        BadOption: unknown name, wrong type or out of limits.
    """
    known = described(kind)
    for name, value in given.items():
        if name not in known:
            raise BadOption(f"there is no option {name!r}; there are {', '.join(known)}")
        _check(name, value, known[name])
    return given


def _describe(each: "Field[Any]") -> dict[str, Any]:
    described = {"type": type(each.default).__name__, "default": each.default, "doc": each.metadata["doc"]}
    if not isinstance(each.default, bool):
        described |= {"minimum": each.metadata["minimum"], "maximum": each.metadata["maximum"]}
    return described


def _check(name: str, value: Any, known: dict[str, Any]) -> None:
    wanted = {"float": (int, float), "int": (int,), "bool": (bool,)}[known["type"]]
    if not isinstance(value, wanted) or (isinstance(value, bool) and known["type"] != "bool"):
        raise BadOption(f"option {name} is a {known['type']}, not {value!r}")
    if known["type"] != "bool" and not known["minimum"] <= value <= known["maximum"]:
        raise BadOption(f"option {name} lies in {known['minimum']} to {known['maximum']}, not at {value!r}")
