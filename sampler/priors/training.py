"""Trains a flow by flow matching (Lipman et al. 2023): a velocity v(x, t) that carries N(0, I) at t = 0 to codes at t = 1.

Draws are paired with reference codes by minibatch optimal transport (Tong et al. 2024), or with the codes to which another flow carries
them (reflow; Liu et al. 2023): then paths are nearly straight, and few steps of the solver do.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.priors.blocks import by_blocks
from inverset.sampler.priors.flow import SOLVER_STEPS, Flow, MapFlow, entry_scales, integrated
from inverset.sampler.priors.velocities import MapVelocity, Velocity

_WARM_UP, _DECAY = 100, 0.998  # steps until the full learning rate; of the average of weights
_TAUGHT = 100_000  # draws that a teacher carries
_TEACHER_STEPS = 16  # of its solver


@dataclass(frozen=True)
class Training:
    """The length and the rates of a flow's training."""

    steps: int = 3000
    batch: int = 256
    width: int = 512
    depth: int = 4
    rate: float = 2e-3
    axes: int = 128  # leading axes that the flow carries; the others stay Gaussian
    emphasis: float = 1.0  # an axis counts in the loss by its share of the codes' deviation to this power
    seed: int = 0
    solver_steps: int = SOLVER_STEPS  # of the trained flow


class _Coupling(Protocol):
    """How draws of N(0, I) are paired with the points to which they are carried."""

    def pairs(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """So many draws, and a point for each: two of (count, m)."""
        ...


class _Transport(NamedTuple):
    """Pairs draws with codes so that paths cross little."""

    places: Tensor  # (r, m) of the codes
    emphasis: Tensor  # (m,) by which coordinates count

    def pairs(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - takes a second, and most processes have no use for it

        end = self.places[torch.randint(len(self.places), (count,), generator=random)]
        start = torch.randn(end.shape, generator=random)
        distances = torch.cdist(start * self.emphasis, end * self.emphasis)
        first, second = linear_sum_assignment(distances.numpy())
        return start[first], end[second]


class _Reflow(NamedTuple):
    """Pairs draws with the points to which a flow carries them."""

    start: Tensor  # (t, m)
    end: Tensor  # (t, m)

    @classmethod
    def of(cls, teacher: Flow | MapFlow, axes: int, seed: int = 0) -> "_Reflow":
        """The pairs of a flow over so many coordinates."""
        start = torch.randn(_TAUGHT, axes, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            return cls(
                start, by_blocks(lambda rows: integrated(teacher.velocity, rows, _TEACHER_STEPS), start)
            )

    def pairs(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(self.start), (count,), generator=random)
        return self.start[rows], self.end[rows]


class _State(NamedTuple):
    """A training that was interrupted."""

    done: int  # steps
    velocity: Mapping[str, Tensor]
    optimiser: Any  # as PyTorch has it
    average: Mapping[str, Tensor]
    random: Tensor


class Trainer:
    """Trains a flow step by step; ``state`` and ``load`` resume it bit for bit."""

    def __init__(
        self,
        codes: Tensor,
        statistics: CodeStatistics,
        training: Training,
        shape: tuple[int, int, int] | None = None,
        teacher: Flow | MapFlow | None = None,
    ) -> None:
        """Take what is needed.

        Args:
            codes: (r, d) on the CPU.
            statistics: of these codes.
            training: its length and rates.
            shape: units, height and width, for a ``MapFlow``; None: a ``Flow``.
            teacher: a flow of the same kind and size, whose draws it learns, beginning with its weights; None: it learns from the codes.
        """
        self._statistics, self._training = statistics, training
        self._kind: type[Flow | MapFlow] = Flow if shape is None else MapFlow
        if shape is None:
            scales = statistics.scales[: training.axes].cpu()
            places = statistics.whitened(codes)[:, : training.axes].contiguous()
        else:
            scales = entry_scales(statistics).cpu()
            places = (codes - statistics.mean.cpu()) / scales
        self._emphasis = (scales / scales.square().mean().sqrt()) ** training.emphasis
        self._coupling: _Coupling
        if teacher is None:
            self._coupling = _Transport(places, self._emphasis)
        else:
            self._coupling = _Reflow.of(teacher, places.shape[1], training.seed)
        with torch.random.fork_rng([]):
            torch.manual_seed(training.seed)
            self._velocity: Velocity | MapVelocity
            if shape is None:
                self._velocity = Velocity(places.shape[1], training.width, training.depth)
            else:
                self._velocity = MapVelocity(shape, training.width, training.depth)
        if teacher is not None:
            self._velocity.load_state_dict(teacher.velocity.state_dict())
        self._random = torch.Generator().manual_seed(training.seed)
        self._optimiser = torch.optim.AdamW(self._velocity.parameters(), weight_decay=1e-4)
        self._average = {name: value.clone() for name, value in self._velocity.state_dict().items()}
        self.done = 0

    @property
    def kind(self) -> str:
        """The name of the flow that it trains."""
        return self._kind.name

    def run(self, on_step: Callable[[int, int, float], object] | None = None) -> Flow | MapFlow:
        """Train the remaining steps; ``on_step`` receives the steps done, all steps, and the loss."""
        while self.done < self._training.steps:
            loss = self._step()
            if on_step is not None:
                on_step(self.done, self._training.steps, loss)
        weights = {name: value.half() for name, value in self._average.items()}
        return replace(self._kind.of_state(self._statistics, weights), steps=self._training.solver_steps)

    def state(self) -> dict[str, object]:
        """Everything that is needed to resume training."""
        kept = _State(
            self.done,
            self._velocity.state_dict(),
            self._optimiser.state_dict(),
            self._average,
            self._random.get_state(),
        )
        return kept._asdict()

    def load(self, state: Mapping[str, Any]) -> None:
        """Resume from the result of ``state``."""
        kept = _State(**state)
        self.done = kept.done
        self._velocity.load_state_dict(kept.velocity)
        self._optimiser.load_state_dict(kept.optimiser)
        self._average = dict(kept.average)
        self._random.set_state(kept.random)

    def _step(self) -> float:
        """Take one optimiser step and return its loss, which is 1 for a velocity that has learnt nothing."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        start, end = self._coupling.pairs(self._training.batch, self._random)
        times = torch.rand(len(start), generator=self._random)
        places = torch.lerp(start, end, times[:, None])
        off = (self._velocity(places, times) - (end - start)) * self._emphasis
        loss = off.square().sum(dim=1).mean() / self._emphasis.square().sum()
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        self.done += 1
        kept = min(_DECAY, self.done / (self.done + 9))
        with torch.no_grad():
            for name, value in self._velocity.state_dict().items():
                self._average[name].lerp_(value, 1 - kept)
        return float(loss.detach())

    def _rate(self) -> float:
        training = self._training
        fallen = (1 + math.cos(math.pi * self.done / training.steps)) / 2
        return training.rate * min(1.0, (self.done + 1) / _WARM_UP) * fallen
