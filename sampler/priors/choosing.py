"""Which prior a model gets: a flow, a mixture or a Gaussian, fitted on its reference codes and chosen by what its draws are worth."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics, Prior
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.priors import mixture
from inverset.sampler.priors.flow import Flow, Trainer, Training
from inverset.sampler.priors.gaussian import Gaussian
from inverset.sampler.priors.mixture import Mixture
from inverset.sampler.priors.worth import Nature, Worth, nearness

FLOW_FROM = 2000  # codes fitted on
TRAINING = Training(steps=3000)
NEAREST = 0.75  # ratio of distances to the nearest code fitted on, below which draws are copies
HELD, SHARE = 500, 5  # images held out: at most, and one of so many
MOST = 20_000  # codes that are fitted on, of few numbers
_MOST_NUMBERS, _LEAST_CODES = 10**8, 500  # in all codes; so many are fitted on however wide they are
_QUICK_DRAWS = 500

Train = Callable[[Trainer], Flow]


class Split(NamedTuple):
    """Numbers of reference images, int64."""

    fitted: Tensor
    held: Tensor


def split(count: int, width: int) -> Split:
    """Which of so many codes of so many numbers are fitted on, and which are held out; both evenly spread, always the same."""
    size, most = min(HELD, count // SHARE), min(MOST, max(_LEAST_CODES, _MOST_NUMBERS // max(1, width)))
    held = torch.arange(size) * count // max(1, size)
    fitted = torch.ones(count, dtype=torch.bool)
    fitted[held] = False
    return Split(evenly(fitted.nonzero()[:, 0], most), held)


class Choice(NamedTuple):
    """The prior that was chosen, and what all candidates are worth."""

    prior: Prior
    tried: tuple[Worth, ...]


def choose(nature: Nature, statistics: CodeStatistics, train: Train = Trainer.run) -> Choice:
    """Fit the candidates that there are enough codes for, and take the best that does not copy.

    Args:
        nature: codes to fit on, and what draws are held against.
        statistics: of the codes, on the CPU.
        train: runs a trainer to its end.
    """
    priors = list(candidates(nature.fitted, statistics, train, TRAINING))
    tried = tuple(nature.worth(prior) for prior in priors)
    return Choice(priors[best(tried)], tried)


def candidates(
    codes: Tensor, statistics: CodeStatistics, train: Train, training: Training
) -> Iterator[Prior]:
    """Fitted on codes (t, d) on the CPU. Without principal axes there is only the Gaussian."""
    if statistics.axes is not None and len(codes) >= FLOW_FROM:
        yield train(Trainer(codes, statistics, training))
    if statistics.axes is not None and len(codes) >= mixture.FEWEST:
        yield Mixture.fit(codes, statistics)
    yield Gaussian(statistics)


def best(tried: Sequence[Worth]) -> int:
    """Which has the largest harmonic mean of precision and coverage against held-out images through G.

    One whose draws are copies counts only where all are.
    """
    return max(range(len(tried)), key=lambda at: (tried[at].nearness >= NEAREST, tried[at].through.mean))


def quickly(codes: Tensor, statistics: CodeStatistics) -> Prior:
    """The mixture if there are enough codes (r, d), and its draws are not copies of them; else the Gaussian. No image is looked at."""
    fitted, held = split(*codes.shape)
    if statistics.axes is None or len(fitted) < mixture.FEWEST:
        return Gaussian(statistics)
    prior = Mixture.fit(codes[fitted], statistics)
    random = torch.Generator().manual_seed(0)
    drawn = prior.decode(torch.randn(_QUICK_DRAWS, prior.dimension, generator=random))
    copies = nearness(drawn, codes[held], codes[fitted]) < NEAREST
    return Gaussian(statistics) if copies else prior
