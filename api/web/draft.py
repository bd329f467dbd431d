"""A job as a form holds it: the texts as typed, and the JSON that they stand for."""

import json
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple, Self

from pydantic import ValidationError

from inverset.api.web import bands
from inverset.contract import plain_words
from inverset.contract.errors import InvalidSpec
from inverset.contract.spec import JobSpec

WAYS = {"numbers": "activations", "quantiles": "quantiles", "sd": "sd from the mean"}  # to give a band
OPTION = "option."  # before the name of a method's option
_NUMBERS = ("n", "k", "seed", "priority", "retention_days")
_BUDGET = ("gradient_evaluations", "seconds")
_TEXTS = ("method", "visibility", "webhook")
Fields = Sequence[tuple[str, str]]


class NeuronRow(NamedTuple):
    """A neuron and the ends of its band, in one of the ``WAYS``."""

    neuron: str = ""
    low: str = ""
    high: str = ""
    by: str = "numbers"

    def body(self) -> dict[str, Any]:
        """The row as the JSON of a job; without a range if both ends are empty."""
        body: dict[str, Any] = {"neuron": self.neuron.strip()}
        if self.low.strip() or self.high.strip():
            ends = [_end(self.low), _end(self.high)]
            body["range"] = ends if self.by == "numbers" else {self.by: ends}
        return body


class Draft(NamedTuple):
    """A job that is being filled in."""

    rows: tuple[NeuronRow, ...]
    texts: Mapping[str, str]  # all other fields

    @classmethod
    def of(cls, fields: Fields, most: int) -> Self:
        """The draft of a form's or a query's fields, with at most ``most`` neurons."""
        columns = [[value for name, value in fields if name == column] for column in NeuronRow._fields]
        typed = zip(*(_filled(column, len(columns[0])) for column in columns), strict=True)
        rows = tuple(NeuronRow(*row) for row in typed)[:most]
        texts = {name: value.strip() for name, value in fields if name not in NeuronRow._fields}
        return cls(tuple(each._replace(by=each.by if each.by in WAYS else "numbers") for each in rows), texts)

    def get(self, name: str, otherwise: str = "") -> str:
        """The text of a field."""
        return self.texts.get(name) or otherwise

    def body(self) -> dict[str, Any]:
        """The JSON to post; text that should be a number but is not stays text, for validation to refuse."""
        body: dict[str, Any] = {"model": self.get("model"), "neurons": [each.body() for each in self.rows]}
        body |= {name: _number(self.get(name)) for name in _NUMBERS if self.get(name)}
        body |= {name: self.get(name) for name in _TEXTS if self.get(name) not in ("", _default(name))}
        budget = {name: _number(self.get(name)) for name in _BUDGET if self.get(name)}
        options = dict(self._options())
        return body | ({"options": options} if options else {}) | ({"budget": budget} if budget else {})

    def spec(self) -> JobSpec:
        """The job's spec. Raises InvalidSpec with every error that shows without the model."""
        try:
            return JobSpec.model_validate_json(json.dumps(self.body()))
        except ValidationError as error:
            raise InvalidSpec([*map(plain_words.complaint, error.errors())]) from None

    def _options(self) -> Iterator[tuple[str, Any]]:
        for name, value in self.texts.items():
            if name.startswith(OPTION) and value:
                yield name.removeprefix(OPTION), {"yes": True, "no": False}.get(value, _number(value))


def _default(name: str) -> Any:
    return JobSpec.model_fields[name].default


def _filled(column: Sequence[str], length: int) -> list[str]:
    return [*column, *[""] * length][:length]


def _end(text: str) -> int | float | str:
    """The number typed as an end, or the text itself, for validation to refuse."""
    number = bands.end(text)
    return text.strip() if number is None else number


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if isinstance(number, int) or isfinite(number):  # an integer may be too long for a float
            return number
    return text.strip()
