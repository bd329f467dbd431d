"""A method's option: a field of its ``Options`` with a default, a sentence, and limits or choices."""

from collections.abc import Sequence
from dataclasses import Field, field, fields
from typing import Any

from sampler.problem import ProblemError


class BadOption(ProblemError):
    """No such option, or not such a value; the message names both."""


def option(default: Any, doc: str, minimum: float = 0, maximum: float = 1) -> Any:
    """Declare an option; ``doc`` says what it is and in which unit."""
    return field(default=default, metadata={"doc": doc, "minimum": minimum, "maximum": maximum})


def choice(default: str, doc: str, choices: Sequence[str]) -> Any:
    """Declare an option that is one of a few words."""
    return field(default=default, metadata={"doc": doc, "choices": tuple(choices)})


def described(kind: type) -> dict[str, dict[str, Any]]:
    """JSON-able description of an ``Options`` class: name -> type, default, doc; minimum and maximum of numbers, choices of words."""
    return {each.name: _describe(each) for each in fields(kind)}


def checked(kind: type, given: dict[str, Any]) -> dict[str, Any]:
    """The given options, each known and within its limits or among its choices.

    Raises:
        BadOption: unknown name, wrong type, out of limits or none of the choices.
    """
    known = described(kind)
    for name, value in given.items():
        if name not in known:
            raise BadOption(f"there is no option {name!r}; there are {', '.join(known)}")
        _check(name, value, known[name])
    return given


def _describe(each: "Field[Any]") -> dict[str, Any]:
    described = {"type": type(each.default).__name__, "default": each.default, "doc": each.metadata["doc"]}
    if isinstance(each.default, str):
        return described | {"choices": list(each.metadata["choices"])}
    if not isinstance(each.default, bool):
        described |= {"minimum": each.metadata["minimum"], "maximum": each.metadata["maximum"]}
    return described


def _check(name: str, value: Any, known: dict[str, Any]) -> None:
    kind = known["type"]
    if kind == "str":
        if value not in known["choices"]:
            raise BadOption(f"option {name} is one of {', '.join(known['choices'])}, not {value!r}")
        return
    wanted = {"float": (int, float), "int": (int,), "bool": (bool,)}[kind]
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "bool"):
        raise BadOption(f"option {name} is a {kind}, not {value!r}")
    if kind != "bool" and not known["minimum"] <= value <= known["maximum"]:
        raise BadOption(f"option {name} lies in {known['minimum']} to {known['maximum']}, not at {value!r}")
