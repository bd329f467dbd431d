"""Pydantic's errors in plain words, for answers, forms and what runs without a server."""

from collections.abc import Mapping, Sequence
from typing import Any

from inverset.contract.errors import Complaint

# Pydantic puts them into the place of an error: which form of a value it took this one for.
TAGS = ("by numbers", "by quantiles", "by sd", "number", "word")
_WORDS = {  # by Pydantic's type of the error; in braces what its context has
    "missing": "is missing",
    "extra_forbidden": "is not a field here",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "finite_number": "must be a finite number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must have at least {min_length} characters",
    "string_pattern_mismatch": "has a line break or a character that is not allowed",
    "string_too_long": "must have at most {max_length} characters",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
}


def complaint(error: Mapping[str, Any], skipped: int = 0) -> Complaint:
    """A Pydantic error as a Complaint: its place, without the first ``skipped`` steps, and what is wrong there."""
    place = [step for step in error["loc"][skipped:] if step not in TAGS]
    return Complaint(loc=place, msg=message(error))


def message(error: Mapping[str, Any]) -> str:
    """A Pydantic error as the end of a sentence that begins with the field's name."""
    words, context = _WORDS.get(error["type"]), error.get("ctx") or {}
    if words is None:
        return str(error["msg"]).removeprefix("Value error, ")
    return words.format_map(context)


def place(loc: Sequence[str | int]) -> str:
    """The place of an error in a job, counted from one: ``neuron 2, range``."""
    if loc[:1] == ["neurons"] and len(loc) > 1 and isinstance(loc[1], int):
        rest = [str(each) for each in loc[2:3]]
        return ", ".join([f"neuron {loc[1] + 1}", *rest])
    return " ".join(map(str, loc))
