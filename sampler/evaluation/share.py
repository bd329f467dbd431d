"""The share of natural images in band, as the draws of a prior tell it."""

from collections.abc import Mapping

from scipy.stats import beta

from inverset.contract.evidence import ShareOfNature

_CERTAIN = 0.95  # of the interval


def share_of_nature(tally: Mapping[str, float]) -> ShareOfNature | None:
    """The estimate with a 95 % Jeffreys interval and the number of draws; None: nothing was drawn.

    Draws were evaluated at odds that a surrogate set, so that those in band count by weights, as many as (sum w)^2 / sum w^2 equal
    ones would (Kish 1965); the interval is that of so many hits.
    """
    draws, in_band = tally.get("drawn", 0), tally.get("drawn_in_band", 0.0)
    if not draws:
        return None
    estimate = min(1.0, in_band / draws)
    hits = in_band**2 / tally["drawn_in_band_squares"] if in_band else 0.0
    of = max(hits, hits / estimate) if in_band else float(draws)
    tail = (1 - _CERTAIN) / 2
    low, high = (float(beta.ppf(share, hits + 0.5, of - hits + 0.5)) for share in (tail, 1 - tail))
    return ShareOfNature(estimate, low if hits else 0.0, high, draws)
