"""Chooses a model's prior: a flow, a mixture or a Gaussian, fitted on its reference codes and compared by their draws."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics, Prior
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.priors import mixture
from inverset.sampler.priors.gaussian import Gaussian
from inverset.sampler.priors.mixture import Mixture
from inverset.sampler.priors.training import Trainer, Training
from inverset.sampler.priors.worth import Nature, Worth, nearness

FLOW_FROM = 2000  # codes fitted on
TRAINING = Training(steps=3000)
OF_MAPS = Training(steps=4000, batch=64, width=64, depth=2, rate=1e-3)
NEAREST = 0.75  # ratio of distances to the nearest code fitted on, below which draws are copies
HELD, SHARE = 500, 5  # images held out: at most, and one of so many
MOST = 20_000  # codes that are fitted on, of few numbers
_MOST_NUMBERS, _LEAST_CODES = 10**8, 500  # in all codes; so many are fitted on however wide they are
_QUICK_DRAWS = 500

Train = Callable[[Trainer], Prior]


class Split(NamedTuple):
    """Numbers of reference images, int64."""

    fitted: Tensor
    held: Tensor


def split(count: int, width: int) -> Split:
    """The codes to fit on and the codes to hold out; both evenly spread, and the same for the same counts."""
    size, most = min(HELD, count // SHARE), min(MOST, max(_LEAST_CODES, _MOST_NUMBERS // max(1, width)))
    held = torch.arange(size) * count // max(1, size)
    fitted = torch.ones(count, dtype=torch.bool)
    fitted[held] = False
    return Split(evenly(fitted.nonzero()[:, 0], most), held)


class Choice(NamedTuple):
    """The chosen prior, with the measured quality of all candidates."""

    prior: Prior
    tried: tuple[Worth, ...]


def choose(
    nature: Nature, statistics: CodeStatistics, train: Train = Trainer.run, shape: tuple[int, ...] = ()
) -> Choice:
    """Fit the candidates for which there are enough codes, and choose the best one that does not copy.

    Args:
        nature: codes to fit on, and images to compare draws with.
        statistics: of the codes, on the CPU.
        train: runs a trainer to its end.
        shape: of a code, by which a map is recognised.
    """
    priors = list(candidates(nature.fitted, statistics, train, TRAINING, shape))
    tried = tuple(nature.worth(prior) for prior in priors)
    return Choice(priors[best(tried)], tried)


def candidates(
    codes: Tensor, statistics: CodeStatistics, train: Train, training: Training, shape: tuple[int, ...] = ()
) -> Iterator[Prior]:
    """The priors fitted on codes (t, d) on the CPU. Without principal axes, a flow over maps or the Gaussian only."""
    if len(shape) == 3 and all(side % 2 == 0 for side in shape[1:]) and len(codes) >= FLOW_FROM:
        yield train(Trainer(codes, statistics, OF_MAPS, (shape[0], shape[1], shape[2])))
    if statistics.axes is not None and len(codes) >= FLOW_FROM:
        yield train(Trainer(codes, statistics, training))
    if statistics.axes is not None and len(codes) >= mixture.FEWEST:
        yield Mixture.fit(codes, statistics)
    yield Gaussian(statistics)


def best(tried: Sequence[Worth]) -> int:
    """The index of the candidate with the largest harmonic mean of precision and coverage against held-out images through G.

    One whose draws are copies counts only where all are.
    """
    return max(
        range(len(tried)), key=lambda index: (tried[index].nearness >= NEAREST, tried[index].through.mean)
    )


def quickly(codes: Tensor, statistics: CodeStatistics) -> Prior:
    """The mixture if there are enough codes (r, d) and its draws are not copies of them; else the Gaussian. Reads no image."""
    fitted, held = split(*codes.shape)
    if statistics.axes is None or len(fitted) < mixture.FEWEST:
        return Gaussian(statistics)
    prior = Mixture.fit(codes[fitted], statistics)
    random = torch.Generator().manual_seed(0)
    drawn = prior.decode(torch.randn(_QUICK_DRAWS, prior.dimension, generator=random))
    copies = nearness(drawn, codes[held], codes[fitted]) < NEAREST
    return Gaussian(statistics) if copies else prior
