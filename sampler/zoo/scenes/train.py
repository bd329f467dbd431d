"""Trains the `scenes` networks from nothing: ``python -m sampler.zoo.scenes.train``.

Resumable: stop it at any time and give the same command again.
"""

import argparse
import math
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn
from torch.nn import functional

from sampler.zoo.scenes import losses
from sampler.zoo.scenes.factors import PROBED
from sampler.zoo.scenes.networks import Classifier, Generator, witness
from sampler.zoo.scenes.world import Images, render_set

TRAINING_SEED, HELD_OUT_SEED = 1, 2
_SAVE_EVERY = 250


def main() -> None:
    """Train, measure and write the weights, the statistics and the card."""
    args = _arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    with _progress() as bar:
        images = _rendered(args.images, bar)
        nets = nn.ModuleDict({"classifier": Classifier(), "generator": Generator(), "witness": witness()}).to(
            args.device
        )
        nets = nets.to(memory_format=torch.channels_last)
        average = _Average(nets)
        _fit(nets, average, images, args, bar)
    average.copy_to(nets)
    from sampler.zoo.scenes.release import release  # noqa: PLC0415 - measuring needs the bundle, training does not

    release(nets, args.out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=9_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--work", type=Path, default=Path("build/scenes"), help="where the unfinished training is kept"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "weights")
    return parser.parse_args()


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<60}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def _rendered(count: int, bar: Progress) -> Images:
    import numpy as np  # noqa: PLC0415

    task = bar.add_task("rendering the training images", total=count)
    chunks = []
    for start in range(0, count, 1000):
        chunks.append(render_set(TRAINING_SEED, min(1000, count - start), start))
        bar.advance(task, len(chunks[-1].pixels))
    return Images(*(np.concatenate(column) for column in zip(*chunks, strict=True)))


class _Average:
    """A running mean of the weights, steadier than the last step's."""

    def __init__(self, nets: nn.Module, decay: float = 0.998) -> None:
        self.values = {name: value.detach().clone() for name, value in nets.state_dict().items()}
        self.decay = decay

    def update(self, nets: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in nets.state_dict().items():
            self.values[name].lerp_(value.detach(), 1 - decay)

    def copy_to(self, nets: nn.Module) -> None:
        nets.load_state_dict(self.values)


def _fit(
    nets: nn.ModuleDict, average: _Average, images: Images, args: argparse.Namespace, bar: Progress
) -> None:
    optimiser = torch.optim.Adam(nets.parameters(), lr=args.rate, betas=(0.9, 0.98))
    start = _resume(nets, average, optimiser, args)
    task = bar.add_task("training", total=args.steps, completed=start)
    for step in range(start, args.steps):
        for group in optimiser.param_groups:
            group["lr"] = args.rate * _schedule(step, args.steps)
        parts = _train_step(nets, optimiser, _batch(images, step, args))
        average.update(nets, step)
        if (step + 1) % _SAVE_EVERY == 0 or step + 1 == args.steps:
            _save(nets, average, optimiser, step + 1, args)
        if step % 25 == 0:
            bar.update(
                task, description=" ".join(f"{name} {value.item():.3f}" for name, value in parts.items())
            )
        bar.advance(task)


def _schedule(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / 200)
    return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def _batch(images: Images, step: int, args: argparse.Namespace) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw the batch of a step: pixels in [0, 1], classes, factors and mixing weights; half of them mirrored."""
    draw = torch.Generator().manual_seed(step)
    rows = torch.randint(len(images.pixels), (args.batch,), generator=draw).numpy()
    pixels, factors = (
        torch.from_numpy(images.pixels[rows]).float() / 255,
        torch.from_numpy(images.factors[rows]),
    )
    mirrored = torch.rand(args.batch, generator=draw) < 0.5
    pixels = torch.where(mirrored[:, None, None, None], pixels.flip(-1), pixels)
    place = PROBED.index("x")
    factors[:, place] = torch.where(mirrored, 1 - factors[:, place], factors[:, place])
    mixing = torch.rand(args.batch // 4, generator=draw)
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    return (
        pixels.to(args.device),
        torch.from_numpy(images.classes[rows]).to(args.device),
        factors.to(args.device),
        mixing.to(args.device),
    )


def _train_step(
    nets: nn.ModuleDict, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, ...]
) -> dict[str, Tensor]:
    pixels, classes, factors, mixing = batch
    with torch.autocast(pixels.device.type, torch.bfloat16):
        noisy = pixels + 0.03 * torch.empty_like(pixels).uniform_(-1, 1)
        loss, parts, painted = losses.joint_loss(
            nets, pixels, noisy, losses.soft_labels(classes, factors), mixing
        )
        parts["probes"] = functional.mse_loss(
            nets["witness"](_shown(noisy, painted) * 2 - 1).float(), factors
        )
    optimiser.zero_grad(set_to_none=True)
    (loss + 3 * parts["probes"]).backward()
    nn.utils.clip_grad_norm_(nets.parameters(), 5.0)
    optimiser.step()
    return parts


def _shown(pixels: Tensor, painted: Tensor) -> Tensor:
    """What the witness learns on: half the batch as rendered, half as the generator painted it."""
    half = len(pixels) // 2
    return torch.cat([pixels[:half], painted[half:].clamp(0, 1)])


def _save(
    nets: nn.Module, average: _Average, optimiser: torch.optim.Optimizer, step: int, args: argparse.Namespace
) -> None:
    state = {
        "nets": nets.state_dict(),
        "average": average.values,
        "optimiser": optimiser.state_dict(),
        "step": step,
    }
    torch.save(state, args.work / "training.tmp")
    (args.work / "training.tmp").replace(args.work / "training.pt")


def _resume(
    nets: nn.Module, average: _Average, optimiser: torch.optim.Optimizer, args: argparse.Namespace
) -> int:
    path = args.work / "training.pt"
    if not path.exists():
        return 0
    state: dict[str, Any] = torch.load(path, map_location=args.device, weights_only=True)
    nets.load_state_dict(state["nets"])
    average.values = state["average"]
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


if __name__ == "__main__":
    main()
