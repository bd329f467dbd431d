"""Which reference image each sample began as, told by the states of a run: methods do not say."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from inverset.sampler.codes import to_codes, to_coordinates
from inverset.sampler.problem import Problem
from inverset.sampler.steps import NO_PARENT, Step

# Those that begin with codes of reference images, unless they are asked to start from the prior.
TRACED = ("calibrated", "paper", "jittered-references", "reference")
_JUMP = 0.3  # of a typical code's norm: no step is so long, and hardly two references lie so near


class Tracer:
    """Follows the places of a batch from step to step."""

    def __init__(self, problem: Problem, method: str, before: Any) -> None:
        self.problem, self.moves = problem, hasattr(before, "coordinates") or hasattr(before, "codes")
        self.traced = method in TRACED
        reference = problem.bundle.reference
        if reference is None:
            raise ValueError("without reference images there is nothing to trace to")
        codes = reference.invert(torch.arange(len(reference.codes)))
        self.known = to_coordinates(problem, codes)
        self.codes = self.starts = torch.zeros(0)
        if self.traced and self.moves:
            self.codes = self._codes(before)
            self.starts = self._nearest(self.codes)

    def follow(self, step: Step) -> Tensor:
        """The numbers of the reference images that a step's samples began as: (j,) int64; -1: none."""
        emitted = step.emission.codes
        if not self.traced or not len(emitted):
            result = torch.full((len(emitted),), NO_PARENT, dtype=torch.int64)
        elif not self.moves:
            return self._nearest(emitted)
        else:
            result = self.starts[(emitted[:, None] == self.codes[None]).all(dim=2).int().argmax(dim=1)]
        if self.traced and self.moves:
            self._go_on(step.state)
        return result

    def _go_on(self, state: Any) -> None:
        codes = self._codes(state)
        limit = _JUMP * self.problem.bundle.statistics.typical_norm
        fresh = (codes - self.codes).norm(dim=1) > limit
        self.starts = torch.where(fresh, NO_PARENT, self.starts)
        if fresh.any():
            self.starts[fresh] = self._nearest(codes[fresh])
        self.codes = codes

    def _codes(self, state: Any) -> Tensor:
        codes: Tensor = (
            to_codes(self.problem, state.coordinates) if hasattr(state, "coordinates") else state.codes
        )
        return codes.detach()

    def _nearest(self, codes: Tensor) -> Tensor:
        return torch.cdist(to_coordinates(self.problem, codes), self.known).argmin(dim=1)


def chains(parents: Iterable[int]) -> list[int]:
    """For each sample, the number of the one that its walk began with."""
    roots: list[int] = []
    for number, parent in enumerate(parents):
        roots.append(number if parent == NO_PARENT else roots[parent])
    return roots
