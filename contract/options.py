"""Options of a method: how they are declared, described to clients, and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, field, fields
from typing import Any


def option(default: Any, doc: str, minimum: float = 0, maximum: float = 1) -> Any:
    """Declare an option as a field of a dataclass; ``doc`` says what it is and in which unit."""
    return field(default=default, metadata={"doc": doc, "minimum": minimum, "maximum": maximum})


def choice(default: str, doc: str, choices: Sequence[str]) -> Any:
    """Declare an option that is one of a few words."""
    return field(default=default, metadata={"doc": doc, "choices": tuple(choices)})


def described(kind: type) -> dict[str, dict[str, Any]]:
    """JSON-able description of an ``Options`` class: name -> type, default, doc; minimum and maximum of numbers, choices of words."""
    return {each.name: _described(each) for each in fields(kind)}


def complaint(options: Mapping[str, Any], name: str, value: object) -> str | None:
    """Why an option may not have this value, in a sentence; None: it may.

    Args:
        options: all of a method's, as ``described``.
        name: of the option.
        value: as a client sent it.
    """
    if name not in options:
        return f"there is no option {name!r}; there are {', '.join(options)}"
    known = options[name]
    if known["type"] == "str":
        fits = value in known["choices"]
        return None if fits else f"option {name} is one of {', '.join(known['choices'])}, not {value!r}"
    if known["type"] == "bool":
        return None if isinstance(value, bool) else f"option {name} is true or false, not {value!r}"
    whole = known["type"] == "int"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return f"option {name} is a {'whole ' if whole else ''}number, not {value!r}"
    if not known["minimum"] <= value <= known["maximum"]:
        return f"option {name} lies in {known['minimum']:g} to {known['maximum']:g}, not at {value!r}"
    return None


def _described(each: "Field[Any]") -> dict[str, Any]:
    described = {"type": type(each.default).__name__, "default": each.default, "doc": each.metadata["doc"]}
    if isinstance(each.default, str):
        return described | {"choices": list(each.metadata["choices"])}
    if not isinstance(each.default, bool):
        described |= {"minimum": each.metadata["minimum"], "maximum": each.metadata["maximum"]}
    return described
