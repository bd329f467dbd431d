"""JSON of the contract's frozen dataclasses, in the order of their fields: what ``decoding`` reads.

A field is called as ``decoding`` calls it. A class with a property ``unwritten`` names the fields that its JSON leaves out; without one,
a field whose metadata has ``optional`` is left out if it is None. Numbers that JSON has no word for (NaN, infinities) become None.
"""

import dataclasses
import math
from collections.abc import Collection, Mapping
from typing import Any

OPTIONAL = {"optional": True}  # metadata of a field


def encode(value: Any) -> dict[str, Any]:
    """The JSON of a dataclass."""
    unwritten = _unwritten(value)
    return {
        field.metadata.get("key", field.name): _encoded(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if field.name not in unwritten
    }


def _unwritten(value: Any) -> Collection[str]:
    own: Collection[str] | None = getattr(value, "unwritten", None)
    if own is not None:
        return own
    return [
        field.name
        for field in dataclasses.fields(value)
        if field.metadata.get("optional") and getattr(value, field.name) is None
    ]


def _encoded(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return encode(value)
    if isinstance(value, Mapping):
        return {name: _encoded(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_encoded(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
