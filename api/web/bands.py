"""A form's sentences about a band: whether its ends are valid, and how common it is among natural images.

``band_rules.js`` says the same while one types and drags. ``tests/api/web/band_cases.json`` is the table that both keep to.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite

from inverset.gallery import histogram

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
Quantiles = Mapping[str, float]


def end(text: str) -> int | float | None:
    """The number typed as one end of a band; None: it is not a number."""
    text = text.strip()
    if not NUMBER.fullmatch(text) or not isfinite(float(text)):
        return None
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def hint(low: str, high: str, by: str) -> str | None:
    """What to change about the two ends as typed; None: they are a valid band."""
    if not low.strip() or not high.strip():
        return "Choose a band: give both ends."
    ends = []
    for text in (low, high):
        if (number := end(text)) is None:
            return f"“{text.strip()}” is not a number."
        if by == "quantiles" and not 0 <= number <= 1:
            return "Quantiles lie between 0 and 1."
        ends.append(number)
    return None if ends[0] < ends[1] else "The first end must be lower than the second."


def sentence(quantiles: Quantiles, band: Sequence[float]) -> str:
    """A sentence on how common a band is among natural images."""
    points = histogram.rising(quantiles)
    low, high = (histogram.below(points, each) for each in band)
    return f"{short(band[0])} to {short(band[1])}: {high - low:.2%} of natural images, {1 - high:.2%} lie higher."


def warning(quantiles: Quantiles, band: Sequence[float]) -> str | None:
    """A warning that natural images have no activation as high, or as low, as the band; None: they may."""
    least, most = min(quantiles.values()), max(quantiles.values())
    if band[0] > most:
        return (
            f"No natural image is this high: their maximum is {short(most)}. You may get few images, or none."
        )
    if band[1] < least:
        return (
            f"No natural image is this low: their minimum is {short(least)}. You may get few images, or none."
        )
    return None


def nearest(quantiles: Quantiles, band: Sequence[float]) -> tuple[float, float] | None:
    """The nearest band between two measured quantiles that natural images lie in; None: it is no wider than ``band``.

    A band within what was measured is widened to the quantiles around it.
    """
    values = sorted({float(each) for each in quantiles.values()})
    if len(values) < 2:
        return None
    low = max([each for each in values[:-1] if each <= band[0]], default=values[0])
    high = min([each for each in values[1:] if each >= band[1]], default=values[-1])
    if low >= high:
        low, high = (values[-2], values[-1]) if band[0] >= values[-1] else (values[0], values[1])
    return None if band[0] <= low and high <= band[1] else (low, high)


def short(value: float) -> str:
    """A number with four digits and without an exponent."""
    return format(Decimal(repr(float(f"{value:.4g}") + 0.0)).normalize(), "f")


def describe(
    quantiles: Quantiles, band: Sequence[float] | None, low: str, high: str, by: str
) -> tuple[str, str]:
    """The sentence below a histogram, and the warning below it, empty if there is none.

    Args:
        quantiles: of the neuron on natural images.
        band: in activations; None: the ends are no band.
        low: an end as it is typed, like ``high``.
        high: the other end.
        by: in which way they are given.
    """
    if (complaint := hint(low, high, by)) or band is None:
        return complaint or "The neuron barely varies between these ends.", ""
    return sentence(quantiles, band), warning(quantiles, band) or ""
