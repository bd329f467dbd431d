"""The resumable training loop for networks."""

import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

_SAVE_EVERY = 250  # steps
_SAVE_SECONDS = 60  # large networks on a CPU take hours for so many steps


@dataclass(frozen=True)
class TrainingRun:
    """The length, the rate and the place of a training."""

    steps: int
    batch: int
    rate: float  # Adam's largest
    device: str
    work: Path  # the folder of the unfinished training
    half: bool  # compute in bfloat16; a processor without it takes ten times as long to pretend


class StepLoss(NamedTuple):
    """The result of one training step."""

    loss: Tensor  # ()
    parts: dict[str, Tensor]  # what it is made of


TrainStep = Callable[[int], StepLoss]  # the batch of a step, through the networks


def fit(nets: nn.Module, train_step: TrainStep, run: TrainingRun) -> Generator[tuple[int, dict[str, Tensor]]]:
    """Train the networks, yielding after each step the number of steps done and the parts of the loss.

    In the end the networks hold a running mean of their weights. What an earlier call left in ``run.work`` is taken up: it is
    saved now and then, and when this is closed. Weights that ask for no gradient stay as they are.
    """
    average = _Average(nets)
    learning = [weight for weight in nets.parameters() if weight.requires_grad]
    optimiser = torch.optim.Adam(learning, lr=run.rate, betas=(0.9, 0.98))
    saved = time.monotonic()
    for step in range(_resume(nets, average, optimiser, run), run.steps):
        for group in optimiser.param_groups:
            group["lr"] = run.rate * _schedule(step, run.steps)
        with torch.autocast(torch.device(run.device).type, torch.bfloat16, enabled=run.half):
            taught = train_step(step)
        optimiser.zero_grad(set_to_none=True)
        taught.loss.backward()
        nn.utils.clip_grad_norm_(nets.parameters(), 5.0)
        optimiser.step()
        average.update(nets, step)
        if (step + 1) % _SAVE_EVERY == 0 or time.monotonic() > saved + _SAVE_SECONDS or step + 1 == run.steps:
            _save(nets, average, optimiser, step + 1, run)
            saved = time.monotonic()
        try:
            yield step + 1, taught.parts
        except GeneratorExit:  # the caller has to stop
            _save(nets, average, optimiser, step + 1, run)
            raise
    average.copy_to(nets)


class _State(NamedTuple):
    """An unfinished training, as it is saved."""

    nets: dict[str, Tensor]
    average: dict[str, Tensor]
    optimiser: Any  # as PyTorch has it
    step: int  # the next


class _Average:
    """A running mean of the weights, which is steadier than the last step's."""

    def __init__(self, nets: nn.Module, decay: float = 0.998) -> None:
        self.values = {name: value.detach().clone() for name, value in nets.state_dict().items()}
        self.decay = decay

    def update(self, nets: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in nets.state_dict().items():
            self.values[name].lerp_(value.detach(), 1 - decay)

    def copy_to(self, nets: nn.Module) -> None:
        nets.load_state_dict(self.values)


def _schedule(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / min(200, steps / 5))
    return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def _save(
    nets: nn.Module, average: _Average, optimiser: torch.optim.Optimizer, step: int, run: TrainingRun
) -> None:
    state = _State(nets.state_dict(), average.values, optimiser.state_dict(), step)
    torch.save(state._asdict(), run.work / "training.tmp")
    (run.work / "training.tmp").replace(run.work / "training.pt")


def _resume(nets: nn.Module, average: _Average, optimiser: torch.optim.Optimizer, run: TrainingRun) -> int:
    path = run.work / "training.pt"
    if not path.exists():
        return 0
    state = _State(**torch.load(path, map_location=run.device, weights_only=True))
    nets.load_state_dict(state.nets)
    average.values = state.average
    optimiser.load_state_dict(state.optimiser)
    return state.step
