"""Priors of confounded images, and what the alarm may look with."""

from dataclasses import replace
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmarks.confounds.model import Fit
from benchmarks.confounds.trials import FACTORS
from inverset.sampler.bundle import CodeStatistics, Prior
from inverset.sampler.priors import Flow, Mixture
from inverset.sampler.priors.training import Trainer, Training
from inverset.sampler.problem import Problem

FLOW, MIXTURE, GAUSSIAN = "flow", "mixture", "gaussian"


def by(name: str) -> Fit:
    """A function that fits such a prior to known codes, and keeps what takes long.

    Raises:
        ValueError: there is no such prior.
    """
    if name not in _FITS:
        raise ValueError(f"there is no prior {name!r}; there are {', '.join(_FITS)}")
    return _FITS[name]


def with_eyes(problem: Problem, eyes: str) -> Problem:
    """The same question where factors can be read, or where only the judge looks at images."""
    if eyes == FACTORS:
        return problem
    return replace(problem, bundle=replace(problem.bundle, factors=None))


def _flow(codes: Tensor, statistics: CodeStatistics, path: Path) -> Prior | None:
    """Learnt once: about a minute and a half of one free core."""
    if not path.exists():
        save_file(Trainer(codes, statistics, Training()).run().state(), path)
    return Flow.of_state(statistics, load_file(path))


def _mixture(codes: Tensor, statistics: CodeStatistics, path: Path) -> Prior | None:  # noqa: ARG001
    """Fitted anew, which takes seconds."""
    return Mixture.fit(codes, statistics)


def _gaussian(codes: Tensor, statistics: CodeStatistics, path: Path) -> Prior | None:  # noqa: ARG001
    """The Gaussian of the statistics, which needs no fit."""
    return None


_FITS = {FLOW: _flow, MIXTURE: _mixture, GAUSSIAN: _gaussian}
