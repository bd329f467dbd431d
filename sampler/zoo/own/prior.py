"""Fits a model's prior over codes during the measurement, if its generator has none; chosen by the quality of the draws."""

import os
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics, Judge, Prior
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.judges import Space
from inverset.sampler.priors import Gaussian, choosing
from inverset.sampler.priors.training import Trainer
from inverset.sampler.priors.worth import Nature, Networks, PriorCard

FEWEST_HELD = 50  # held-out images, below which precision and coverage are not measured
_SAVE_SECONDS = 5
_SHOW_STEPS = 10
OnProgress = Callable[[int, int, str], object]
Images = Callable[[Sequence[int]], Tensor]  # numbers -> (k, 3, h, w) uint8


@dataclass(frozen=True)
class Fitting:
    """The data that a prior is fitted on, and the file of an unfinished training."""

    codes: Tensor  # (r, d) of natural images, which may lie in a file
    judged: Tensor  # (r, j) the judge's features of these images, likewise
    images: Images
    statistics: CodeStatistics  # on the CPU
    networks: Callable[[Callable[[Tensor], Tensor]], Networks]  # of how the judge sees images
    judge: Judge
    training: Path  # of one kind; another's has its name in it
    shape: tuple[int, ...] = ()  # of a code

    def fit(self, quick: int, on_progress: OnProgress) -> tuple[Prior, PriorCard]:
        """The prior and its stored description: kind and figures. With at most ``quick`` images no figures are measured."""
        if len(self.codes) <= quick:
            prior = choosing.quickly(self.codes, self.statistics)
            return prior, PriorCard(prior.name)
        fitted, held = choosing.split(*self.codes.shape)
        space = Space.of(self.judge, self.judged)
        more = self.codes[evenly(fitted, len(held))]
        nature = Nature(
            self.networks(space.read), self.codes[fitted], self.codes[held], self.images(held.tolist()), more
        )
        choice = choosing.choose(
            nature, self.statistics, lambda trainer: self._trained(trainer, on_progress), self.shape
        )
        return choice.prior, PriorCard(
            choice.prior.name, self.judge.name, nature.ceiling, tuple(choice.tried)
        )

    def _trained(self, trainer: Trainer, on_progress: OnProgress) -> Prior:
        """The flow, trained to the end from the stored state."""
        path = self.training.with_stem(f"{self.training.stem}-{trainer.kind.replace(' ', '-')}")
        if (state := _kept(path)) is not None:
            trainer.load(state)
        saved = time.monotonic()

        def noted(done: int, total: int, loss: float) -> None:
            nonlocal saved
            if done == total or time.monotonic() > saved + _SAVE_SECONDS:
                _keep(trainer.state(), path)
                saved = time.monotonic()
            if done == total or done % _SHOW_STEPS == 0:
                on_progress(done, total, f"steps of the prior: {trainer.kind}, loss {loss:.3f}")

        return trainer.run(noted)


def of_generator(statistics: CodeStatistics) -> tuple[Prior, PriorCard]:
    """The Gaussian prior and its description, for a generator with its own prior or without natural codes."""
    prior = Gaussian(statistics)
    return prior, PriorCard(prior.name)


def summary(about: PriorCard) -> str:
    """A sentence on the kind of the prior and the quality of its draws."""
    kind, worth = about.kind, about.worth
    if worth is None or about.ceiling is None:
        return f"the prior over its codes is a {kind}"
    through, ceiling = worth.through.named(), about.ceiling.through.named()
    held = ", ".join(f"{name} {through[name]:.2f} ({ceiling[name]:.2f})" for name in through)
    return f"the prior over its codes is a {kind}; its draws, by {about.judge}, and natural images through G in brackets: {held}"


def _kept(path: Path) -> Mapping[str, Any] | None:
    """The state of an interrupted training."""
    try:
        state: Mapping[str, Any] = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        return None
    return state


def _keep(state: Mapping[str, Any], path: Path) -> None:
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    torch.save(dict(state), draft)
    draft.replace(path)
