"""The share of natural images in a band, estimated from draws of the prior."""

from functools import lru_cache
from math import sqrt

import numpy as np

from inverset.contract.evidence import ShareOfNature
from inverset.jobs.tally import Tally

_TAILS = (0.025, 0.975)  # of an interval of 95 %
_REACH, _POINTS = 40, 20_001  # standard deviations on either side of the middle; points between them


def share_of_nature(tally: Tally) -> ShareOfNature | None:
    """The estimate with its 95 % interval, and how many draws it rests on; None: nothing was drawn.

    Draws that a surrogate passed over are weighed by their odds of having been evaluated, so the interval is that of as many
    draws as tell as much (Kish 1965).
    """
    drawn, in_band, squares = tally.drawn, tally.drawn_in_band, tally.drawn_in_band_squares
    if not drawn:
        return None
    estimate = min(1.0, in_band / drawn)
    hits = in_band**2 / squares if squares else 0.0
    low, high = jeffreys(hits, hits / estimate if hits else drawn)
    return ShareOfNature(estimate, low, high, drawn)


@lru_cache(maxsize=1000)  # jobs: it takes milliseconds, and is asked at every poll
def jeffreys(hits: float, draws: float) -> tuple[float, float]:
    """The 95 % interval of a share, given ``hits`` of ``draws`` (Brown et al. 2001); without hits it begins at 0.

    Quantiles of Beta(hits + 1/2, draws - hits + 1/2), whose logarithm of odds is summed over a grid: no library is needed.
    """
    a, b = hits + 0.5, max(0.0, draws - hits) + 0.5
    odds = np.log(a / b) + sqrt(1 / a + 1 / b) * np.linspace(-_REACH, _REACH, _POINTS)
    density = -a * np.logaddexp(0, -odds) - b * np.logaddexp(0, odds)
    mass = np.exp(density - density.max())
    below = (np.cumsum(mass) - mass / 2) / mass.sum()
    low, high = (float(1 / (1 + np.exp(-quantile))) for quantile in np.interp(_TAILS, below, odds))
    return 0.0 if hits <= 0 else low, high


def percent(share: float) -> str:
    """A share in words with two digits: ``7.1%``, ``0.03%``."""
    if share >= 0.0995:
        return f"{share:.0%}"
    rounded = float(f"{100 * share:.2g}")
    return f"{rounded:f}".rstrip("0").rstrip(".") + "%" if rounded >= 1e-4 or not rounded else "under 0.0001%"


def sentence(share: ShareOfNature | None) -> str | None:
    """The share in a sentence; None: nothing was drawn."""
    if share is None:
        return None
    low, high = percent(share.low), percent(share.high)
    if not share.estimate:
        return f"None of {share.draws:,.0f} randomly generated images lies in this band: at most {high} of natural images do."
    interval = f"{low.removesuffix('%')} to {high}"
    return f"About {percent(share.estimate)} of natural images lie in this band ({interval}), estimated from randomly generated images."
