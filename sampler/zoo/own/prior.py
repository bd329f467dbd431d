"""Fits a model's prior over codes when it is measured: where its generator has none of its own, chosen by what its draws are worth."""

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
from inverset.sampler.priors.flow import Flow, Trainer
from inverset.sampler.priors.worth import Nature, Networks

FEWEST_HELD = 50  # images held out, below which nothing is said of precision and coverage
_SAVE_SECONDS = 5
_SHOW_STEPS = 10
Tell = Callable[[int, int, str], object]
Images = Callable[[Sequence[int]], Tensor]  # numbers -> (k, 3, h, w) uint8


@dataclass(frozen=True)
class Fitting:
    """What a prior is fitted on, and where a training that is not over is kept."""

    codes: Tensor  # (r, d) of natural images, which may lie in a file
    judged: Tensor  # (r, j) what the judge says of these images, likewise
    images: Images
    statistics: CodeStatistics  # on the CPU
    networks: Callable[[Callable[[Tensor], Tensor]], Networks]  # of how the judge sees images
    judge: Judge
    training: Path

    def fit(self, quick: int, tell: Tell) -> tuple[Prior, dict[str, Any]]:
        """The prior, and what is to be kept of it: its kind and figures. Of at most ``quick`` images no figures are measured."""
        if len(self.codes) <= quick:
            prior = choosing.quickly(self.codes, self.statistics)
            return prior, {"kind": prior.name}
        fitted, held = choosing.split(*self.codes.shape)
        space = Space.of(self.judge, self.judged)
        more = self.codes[evenly(fitted, len(held))]
        nature = Nature(
            self.networks(space.read), self.codes[fitted], self.codes[held], self.images(held.tolist()), more
        )
        choice = choosing.choose(nature, self.statistics, lambda trainer: self._trained(trainer, tell))
        about = {
            "kind": choice.prior.name,
            "judge": self.judge.name,
            "ceiling": nature.ceiling.described(),
            "tried": [each.described() for each in choice.tried],
        }
        return choice.prior, about

    def _trained(self, trainer: Trainer, tell: Tell) -> Flow:
        """Train to the end, from where it was left."""
        if (state := _kept(self.training)) is not None:
            trainer.load(state)
        saved = time.monotonic()

        def noted(done: int, total: int, loss: float) -> None:
            nonlocal saved
            if done == total or time.monotonic() > saved + _SAVE_SECONDS:
                _keep(trainer.state(), self.training)
                saved = time.monotonic()
            if done == total or done % _SHOW_STEPS == 0:
                tell(done, total, f"steps of the prior: loss {loss:.3f}")

        return trainer.run(noted)


def of_generator(statistics: CodeStatistics) -> tuple[Prior, dict[str, Any]]:
    """Where the generator has a prior of its own, or knows no natural codes."""
    prior = Gaussian(statistics)
    return prior, {"kind": prior.name}


def said(about: Mapping[str, Any]) -> str:
    """What a prior is, and its draws are worth, in a line."""
    kind = about["kind"]
    if "tried" not in about:
        return f"the prior over its codes is a {kind}"
    worth = next(each for each in about["tried"] if each["kind"] == kind)
    through, ceiling = worth["through"], about["ceiling"]["through"]
    held = ", ".join(f"{name} {through[name]:.2f} ({ceiling[name]:.2f})" for name in through)
    return f"the prior over its codes is a {kind}; its draws, by {about['judge']}, and natural images through G in brackets: {held}"


def _kept(path: Path) -> Mapping[str, Any] | None:
    """What an earlier try left."""
    try:
        found: Mapping[str, Any] = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        return None
    return found


def _keep(state: Mapping[str, Any], path: Path) -> None:
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    torch.save(dict(state), draft)
    draft.replace(path)
