"""The title of a gallery, in the units in which its bands were requested."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inverset.contract.question import Target

_ENDS = {0.0: "minimum", 1.0: "maximum"}  # of quantiles, where a percentile would say less


def title(targets: Sequence[Target], requested: Mapping[str, Any] | None) -> str:
    """``volcano, between its 95th and 99th percentile``.

    Args:
        targets: the neurons with their bands in activations.
        requested: the job's spec, in JSON; bands that it does not give are named in activations. None: it is not known.
    """
    parts = zip(targets, bands(targets, requested), strict=True)
    return " and ".join(f"{short(target.neuron)}, {words}" for target, words in parts)


def bands(targets: Sequence[Target], requested: Mapping[str, Any] | None) -> list[str]:
    """The band of each target in words, in the units of the request; see ``title``."""
    units = [each.get("range") for each in (requested or {}).get("neurons") or ()]
    units += [None] * (len(targets) - len(units))
    return [band(target, unit) for target, unit in zip(targets, units, strict=False)]


def short(neuron: str) -> str:
    """A neuron's label, or its whole name where it has none: ``volcano``, ``conv5:3``."""
    unit = neuron.partition(":")[2]
    return neuron if not unit or unit[0].isdigit() else unit


def band(target: Target, requested: object) -> str:
    """A band in words, in the units of the request: ``between its 95th and 99th percentile``."""
    if target.band.is_open:
        return "any activation"
    if isinstance(requested, Mapping) and requested.get("quantiles"):
        return f"between its {_percentiles(*requested['quantiles'])}"
    if isinstance(requested, Mapping) and requested.get("sd"):
        low, high = requested["sd"]
        return f"{low:g} to {high:g} standard deviations from its mean"
    return f"activation {target.band}"


def percentile(share: float) -> str:
    """A quantile as a percentile, or as an end of the range: ``99.9th``, ``maximum``."""
    return _ENDS.get(share) or _ordinal(100 * share)


def between(shares: Iterable[float]) -> str:
    """Two quantiles as percentiles: ``91st to 95th percentile``, ``above the 99th percentile``."""
    first, last = shares
    low, high = _ordinal(100 * first), _ordinal(100 * last)
    if last >= 1:
        return f"above the {low} percentile"
    if first <= 0:
        return f"below the {high} percentile"
    return f"{low} to {high} percentile" if low != high else f"{low} percentile"


def _percentiles(low: float, high: float) -> str:
    """``95th and 99th percentile``, ``99th percentile and its maximum``."""
    if low in _ENDS or high in _ENDS:
        return " and its ".join(
            percentile(each) if each in _ENDS else f"{percentile(each)} percentile" for each in (low, high)
        )
    return f"{percentile(low)} and {percentile(high)} percentile"


def _ordinal(number: float) -> str:
    rounded = round(number, 1 if 0.05 <= number < 99.95 else 3)
    text = f"{rounded:g}"
    if "." in text or text[-2:] in ("11", "12", "13"):
        return f"{text}th"
    return text + {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")
