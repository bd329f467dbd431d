"""Options of a method: how they are declared, described to clients, and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class OptionCard:
    """An option: its type, its default, and its allowed values."""

    type: str  # "str", "bool", "int" or "float"
    default: Any
    doc: str = ""
    minimum: float = 0  # of numbers, as the maximum
    maximum: float = 1
    choices: tuple[str, ...] = ()  # of words

    def to_json(self) -> dict[str, Any]:
        """The option in a catalogue's JSON: minimum and maximum of numbers, choices of words."""
        described = {"type": self.type, "default": self.default, "doc": self.doc}
        if self.type == "str":
            return described | {"choices": list(self.choices)}
        if self.type == "bool":
            return described
        return described | {"minimum": self.minimum, "maximum": self.maximum}

    def complaint(self, name: str, value: object) -> str | None:
        """Why the option may not have this value, in a sentence; None: it may."""
        if self.type == "str":
            fits = value in self.choices
            return None if fits else f"option {name} is one of {', '.join(self.choices)}, not {value!r}"
        if self.type == "bool":
            return None if isinstance(value, bool) else f"option {name} is true or false, not {value!r}"
        whole = self.type == "int"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            return f"option {name} is a {'whole ' if whole else ''}number, not {value!r}"
        if not self.minimum <= value <= self.maximum:
            return f"option {name} lies in {self.minimum:g} to {self.maximum:g}, not at {value!r}"
        return None


def option(default: Any, doc: str, minimum: float = 0, maximum: float = 1) -> Any:
    """A dataclass field that declares an option; ``doc`` says what it is and in which unit."""
    return field(default=default, metadata={"doc": doc, "minimum": minimum, "maximum": maximum})


def choice(default: str, doc: str, choices: Sequence[str]) -> Any:
    """A dataclass field that declares an option with a few words to choose from."""
    return field(default=default, metadata={"doc": doc, "choices": tuple(choices)})


def cards(kind: type) -> dict[str, OptionCard]:
    """The options of an ``Options`` class, by their names."""
    return {each.name: _card(each) for each in fields(kind)}


def complaint(options: Mapping[str, OptionCard], name: str, value: object) -> str | None:
    """Why an option may not have this value, in a sentence; None: it may.

    Args:
        options: all of a method's.
        name: of the option.
        value: as a client sent it.
    """
    if name not in options:
        return f"there is no option {name!r}; there are {', '.join(options)}"
    return options[name].complaint(name, value)


def _card(each: "Field[Any]") -> OptionCard:
    return OptionCard(type(each.default).__name__, each.default, **each.metadata)
