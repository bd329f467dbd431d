"""Options of the conditional method, and the state that it keeps between steps."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from inverset.contract.options import option
from inverset.sampler.steps import Diagnostics, Tally


@dataclass(frozen=True)
class Options:
    """Options of the conditional method."""

    widening: float = option(
        2.0, "evaluate draws whose predicted activation lies up to this many errors outside the band", 0, 100
    )
    leak: float = option(
        0.02, "share of the other draws that is evaluated too, to measure what the prediction misses", 0, 1
    )
    pilot: int = option(
        50, "draws evaluated without a prediction, to measure the surrogate's error", 20, 100_000
    )
    clean: bool = option(
        True,  # noqa: FBT003
        "pass draws through E and G once more, c' = E(G(c)), which removes what G cannot generate",
    )
    choices: int = option(
        1, "keep one of this many draws in the band, the farthest from the other samples; 1: keep all", 1, 100
    )
    guide_above: float = option(
        8.0, "evaluations per sample by screening, above which latents are guided into the band", 0, 1e9
    )
    looks: int = option(3, "free steps on the surrogate, an evaluation after each, before gradients", 0, 100)
    tries: int = option(15, "steps by the network's gradient after which a latent is given up", 1, 1000)
    trust: float = option(1.5, "longest such step, in standard deviations of the prior", 1e-3, 100)
    cleanings: int = option(
        8, "steps between band and E(G(c)) = c after which an attempt is given up", 1, 100
    )
    futile: int = option(
        16,
        "stop after this many batches of guided latents without a sample: the band is unreachable",
        1,
        10_000,
    )


class Queue(NamedTuple):
    """The q draws that passed the screen and are not evaluated yet."""

    latents: Tensor  # z: (q, l)
    odds: Tensor  # (q,) of having passed
    draws: Tensor  # (q,) int64 draws that were screened since the queued one before


class Guide(NamedTuple):
    """The latents on their way into the band, each with its own age. Empty until guidance begins."""

    latents: Tensor  # z: (k, l)
    codes: Tensor  # c of those that were in band once, and are cleaned since: (k, d)
    targets: Tensor  # (k, m) activations that each aims at
    lengths: Tensor  # (k,) of the next gradient step, in z
    nearest: Tensor  # (k,) half widths from the band at best
    ages: Tensor  # (k,) int64 evaluations so far
    cleaned: Tensor  # (k,) int64 evaluations since it was first in band; -1: it was not yet


class State(NamedTuple):
    """The queue of draws while screening; afterwards everything is in the guide."""

    tally: Tally
    trail: Diagnostics
    random: Tensor
    batch: int  # k
    weights: Tensor  # (p, m) of the regression on codes; (0, m) where the network's head predicts
    draw_passes: float  # what a draw of the prior and its prediction cost, in forward passes
    errors: Tensor  # (pilot, 2, m) of the surrogate on pilot draws: at c, and at E(G(c))
    archive: Tensor  # (a, e) features of the latest samples; (0, e) where nothing is chosen among
    queue: Queue
    guide: Guide
    guiding: int
    screened: int  # samples that screening found after the pilot
    screened_passes: float  # forward passes that these took
    futile: int  # evaluations of guided latents since the last sample
