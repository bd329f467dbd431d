"""Bands as a user types them: numbers, quantiles such as ``q.90``, multiples of the standard deviation such as ``2sd``."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from inverset.contract import question

_END = re.compile(r"(?P<quantile>[qQ])?(?P<number>.+?)(?P<sd>[sS][dD])?")
MINUS = "\N{MINUS SIGN}"
HOW = "give LOW HIGH as two numbers, as quantiles (q.90 q.99) or as multiples of the standard deviation (2sd 3sd)"


class BadBand(ValueError):
    """The text is not a band."""


def quantiles(low: float, high: float) -> dict[str, list[float]]:
    """A band between two quantiles of a neuron's activations on natural images, each from 0 to 1."""
    return {"quantiles": [float(low), float(high)]}


def deviations(low: float, high: float) -> dict[str, list[float]]:
    """A band between two multiples of the standard deviation, above the mean of a neuron's activations on natural images."""
    return {"sd": [float(low), float(high)]}


def split(text: str) -> tuple[str, str]:
    """The two ends of a band in one text: ``q.95..q.99``, ``2..4``, ``2sd..3sd``, or separated by a space.

    Raises:
        BadBand: these are not two.
    """
    low, between, high = text.strip().partition(".." if ".." in text else " ")
    if not between or not low.strip() or not high.strip():
        raise BadBand(f"{text!r} is not a band; write LOW..HIGH, as in 2..4, q.95..q.99 or 2sd..3sd")
    return low.strip(), high.strip()


NeuronJson = dict[
    str, str | list[float] | dict[str, list[float]]
]  # a neuron and its band as the JSON of a job


class _End(NamedTuple):
    form: str
    value: float


def asked(neuron: str, low: str, high: str) -> NeuronJson:
    """A neuron and its band as the JSON of a job.

    Raises:
        BadBand: an end cannot be read, or the two are of different kinds.
    """
    ends = _end(low), _end(high)
    if ends[0].form != ends[1].form:
        raise BadBand(f"{low} and {high} are of different kinds; {HOW}")
    values = [end.value for end in ends]
    form = ends[0].form
    return {"neuron": neuron, "range": values if form == "number" else {form: values}}


def _end(text: str) -> _End:
    match = _END.fullmatch(text.strip().replace(MINUS, "-"))
    try:
        value = float(match["number"]) if match else math.nan
    except ValueError:
        raise BadBand(f"{text!r} is not an end of a range; {HOW}") from None
    if match is None or (match["quantile"] and match["sd"]):
        raise BadBand(f"{text!r} is not an end of a range; {HOW}")
    if not math.isfinite(value):
        raise BadBand(f"{text} is not finite; {HOW}")
    return _End("quantiles" if match["quantile"] else "sd" if match["sd"] else "number", value)


def described(targets: Sequence[Mapping[str, Any]]) -> str:
    """Neurons with their resolved bands in words."""
    return question.describe(question.targets(targets))
