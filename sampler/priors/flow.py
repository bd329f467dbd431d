"""Flow matching on whitened codes (Lipman et al. 2023), with minibatch optimal transport (Tong et al. 2024).

A velocity v(x, t) is learnt that carries N(0, I) at t = 0 to the reference codes at t = 1; T integrates it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.priors.blocks import ROWS, by_blocks

_FREQUENCIES = 8  # of the time's embedding
_SOLVER_STEPS = 4  # of Heun's method
_WARM_UP, _DECAY = 100, 0.998  # steps until the full learning rate; of the average of weights


class Velocity(nn.Module):
    """The velocity v(x, t), a residual network: (k, m) and (k,) to (k, m)."""

    def __init__(self, axes: int, width: int, depth: int) -> None:
        super().__init__()
        self.axes = axes
        self.first = nn.Linear(axes + 2 * _FREQUENCIES, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 1))
        self.last = nn.Linear(width, axes)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, places: Tensor, times: Tensor) -> Tensor:
        angles = times[:, None] * math.pi * torch.arange(1, _FREQUENCIES + 1).to(times)
        values = nn.functional.silu(self.first(torch.cat([places, angles.sin(), angles.cos()], dim=1)))
        for layer in self.hidden:
            values = values + nn.functional.silu(layer(values))
        velocity: Tensor = self.last(values)
        return velocity


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


@dataclass(frozen=True)
class Flow:
    """A flow prior: T(z) by Heun's method, deterministic."""

    statistics: CodeStatistics
    velocity: Velocity
    name: str = "flow"

    @property
    def dimension(self) -> int:
        """The number of entries of z, one for each principal axis."""
        return len(self.statistics.scales)

    def decode(self, latents: Tensor) -> Tensor:
        """The codes (k, d) of z (k, dimension)."""
        return by_blocks(self._decoded, latents)

    def _decoded(self, latents: Tensor) -> Tensor:
        """The codes of a block of latents."""
        carried, rest = latents.split([self.velocity.axes, latents.shape[1] - self.velocity.axes], dim=1)
        carried = torch.cat([self._integrated(carried), rest], dim=1)
        return self.statistics.unwhitened(carried)

    def _integrated(self, places: Tensor) -> Tensor:
        """The points at t = 1 of the trajectories that start at these points (ROWS, m) at t = 0."""
        length = 1 / _SOLVER_STEPS
        for step in range(_SOLVER_STEPS):
            start, end = (places.new_full((ROWS,), (step + offset) * length) for offset in (0, 1))
            slope = self.velocity(places, start)
            ahead = self.velocity(places + length * slope, end)
            places = places + length * (slope + ahead) / 2
        return places

    def state(self) -> dict[str, Tensor]:
        """The velocity's weights, in half precision as they are stored."""
        return {name: value.half().cpu().contiguous() for name, value in self.velocity.state_dict().items()}

    @classmethod
    def of_state(cls, statistics: CodeStatistics, state: Mapping[str, Tensor]) -> "Flow":
        """The flow with the weights that ``state`` returned, on the device of the statistics."""
        width, inputs = state["first.weight"].shape
        depth = 1 + sum(name.startswith("hidden.") and name.endswith("weight") for name in state)
        velocity = Velocity(inputs - 2 * _FREQUENCIES, width, depth)
        velocity.load_state_dict({name: value.float() for name, value in state.items()})
        return cls(statistics, velocity.to(statistics.mean.device).eval().requires_grad_(requires_grad=False))


class _State(NamedTuple):
    """A training that was interrupted."""

    done: int  # steps
    velocity: Mapping[str, Tensor]
    optimiser: Any  # as PyTorch has it
    average: Mapping[str, Tensor]
    random: Tensor


class Trainer:
    """Trains a flow step by step; ``state`` and ``load`` resume it bit for bit."""

    def __init__(self, codes: Tensor, statistics: CodeStatistics, training: Training) -> None:
        """Take codes (r, d) on the CPU, with the statistics of these codes."""
        self._white = statistics.whitened(codes)[:, : training.axes].contiguous()
        self._statistics, self._training = statistics, training
        scales = statistics.scales[: training.axes].cpu()
        self._emphasis = (scales / scales.square().mean().sqrt()) ** training.emphasis
        with torch.random.fork_rng([]):
            torch.manual_seed(training.seed)
            self._velocity = Velocity(self._white.shape[1], training.width, training.depth)
        self._random = torch.Generator().manual_seed(training.seed)
        self._optimiser = torch.optim.AdamW(self._velocity.parameters(), weight_decay=1e-4)
        self._average = {name: value.clone() for name, value in self._velocity.state_dict().items()}
        self.done = 0

    def run(self, on_step: Callable[[int, int, float], object] | None = None) -> Flow:
        """Train the remaining steps; ``on_step`` receives the steps done, all steps, and the loss."""
        while self.done < self._training.steps:
            loss = self._step()
            if on_step is not None:
                on_step(self.done, self._training.steps, loss)
        return Flow.of_state(self._statistics, {name: value.half() for name, value in self._average.items()})

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
        start, end = self._pairs()
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

    def _pairs(self) -> tuple[Tensor, Tensor]:
        """Draws of N(0, I) and reference codes (batch, m), paired so that paths cross little."""
        from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - takes a second, and most processes have no use for it

        rows = torch.randint(len(self._white), (self._training.batch,), generator=self._random)
        end = self._white[rows]
        start = torch.randn(end.shape, generator=self._random)
        distances = torch.cdist(start * self._emphasis, end * self._emphasis)
        first, second = linear_sum_assignment(distances.numpy())
        return start[first], end[second]
