"""Frozen dataclasses of the contract from JSON: every value is checked against the type of its field.

Keys that no field names are passed over, so that files of later versions can be read; a field with a default may be missing.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")
Read = Callable[[Any], Any]  # a value of JSON -> what a field holds


class Malformed(ValueError):
    """JSON of another shape than expected; the message begins with the place of the fault."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message, place)
        self.message, self.place = message, place

    def __str__(self) -> str:
        """The message with its place: ``samples.0.file: it is missing``."""
        place = ".".join(map(str, self.place))
        return f"{place}: {self.message}" if place else self.message

    def within(self, *place: str | int) -> "Malformed":
        """The same error, one level further out."""
        return Malformed(self.message, *place, *self.place)


def decode(kind: type[T], value: object) -> T:
    """A frozen dataclass made from JSON.

    Raises:
        Malformed: a key is missing, or a value is of another type.
    """
    read: Read = _reader(cast("Hashable", kind))
    decoded: T = read(value)
    return decoded


@cache
def _reader(kind: Any) -> Read:
    """A function that reads JSON as a value of this type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return lambda value: value
    if origin in {types.UnionType, typing.Union}:
        (one,) = (each for each in arguments if each is not type(None))
        read = _reader(one)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        return _several(_reader(arguments[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _named(_reader(arguments[1]))
    if dataclasses.is_dataclass(kind):
        return _fields(kind)
    return _plain(kind)


def _plain(kind: type) -> Read:
    # bool is an int to Python, and a whole number stands for a float in JSON
    name = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false"}[
        kind.__name__
    ]
    fits = (int, float) if kind is float else kind

    def read(value: Any) -> Any:
        if not isinstance(value, fits) or (isinstance(value, bool) and kind is not bool):
            raise Malformed(f"it should be {name}, not {str(value)[:40]!r}")
        return value

    return read


def _several(each: Read) -> Read:
    def read(value: Any) -> Any:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise Malformed("it should be a list")
        return tuple(_within(number, each, one) for number, one in enumerate(value))

    return read


def _named(each: Read) -> Read:
    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise Malformed("it should be an object")
        return {name: _within(name, each, one) for name, one in value.items()}

    return read


def _fields(kind: Any) -> Read:
    own = getattr(kind, "from_json", None)
    if own is not None:
        return cast("Read", own)
    hints = typing.get_type_hints(kind)
    readers = [
        (field.name, field.metadata.get("key", field.name), _reader(hints[field.name]), _is_needed(field))
        for field in dataclasses.fields(kind)
        if field.init
    ]

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise Malformed("it should be an object")
        values = {}
        for name, key, reader, needed in readers:
            if key in value:
                values[name] = _within(key, reader, value[key])
            elif needed:
                raise Malformed("it is missing", key)
        return kind(**values)

    return read


def _is_needed(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _within(place: str | int, read: Read, value: Any) -> Any:
    try:
        return read(value)
    except Malformed as error:
        raise error.within(place) from None
