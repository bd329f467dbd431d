"""Priors of confounded images, and what the alarm may look with."""

from dataclasses import replace
from pathlib import Path

from torch import Tensor

from benchmarks.confounds.model import Fit
from benchmarks.confounds.trials import FACTORS
from sampler.bundle import CodeStatistics, Prior
from sampler.problem import Problem

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


def _gaussian(codes: Tensor, statistics: CodeStatistics, path: Path) -> Prior | None:  # noqa: ARG001
    """The Gaussian of the statistics, which needs no fit."""
    return None


_FITS = {GAUSSIAN: _gaussian}
