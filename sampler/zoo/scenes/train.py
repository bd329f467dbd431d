"""Trains the `scenes` networks from scratch: ``python -m inverset.sampler.zoo.scenes.train``.

Resumable: stop it at any time and give the same command again.
"""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from inverset.sampler.zoo.scenes.factors import PROBED
from inverset.sampler.zoo.scenes.fitting import TrainingImages, TrainingRun, fit
from inverset.sampler.zoo.scenes.losses import soft_labels
from inverset.sampler.zoo.scenes.networks import Networks
from inverset.sampler.zoo.scenes.world import Images, render_set

TRAINING_SEED, HELD_OUT_SEED = 1, 2


def main() -> None:
    """Train, evaluate and write the weights, the statistics and the card."""
    args = arguments(__doc__)
    args.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    with progress() as bar:
        images = rendered(args.images, bar)
        nets = Networks().to(args.device)
        nets = nets.to(memory_format=torch.channels_last)
        run = TrainingRun(args.steps, args.batch, args.rate, args.device, args.work, args.half)
        watch(fit(nets, _training_images(images), run), run.steps, bar)
    from inverset.sampler.zoo.scenes.release import release  # noqa: PLC0415 - measuring needs the bundle, training does not

    release(nets, args.out)


def arguments(description: str | None, **defaults: object) -> argparse.Namespace:
    """The arguments of the command line, with other defaults if given."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--steps", type=int, default=9_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--half",
        action=argparse.BooleanOptionalAction,
        default=torch.cuda.is_available(),
        help="compute in bfloat16; slow on a processor that has none",
    )
    parser.add_argument(
        "--work", type=Path, default=Path("build/scenes"), help="where the unfinished training is kept"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "weights")
    parser.set_defaults(**defaults)
    return parser.parse_args()


def progress() -> Progress:
    """A progress display with a bar for each long task."""
    return Progress(
        TextColumn("{task.description:<60}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def rendered(count: int, bar: Progress) -> Images:
    """The training images."""
    task = bar.add_task("rendering the training images", total=count)
    chunks = []
    for start in range(0, count, 1000):
        chunks.append(render_set(TRAINING_SEED, min(1000, count - start), start))
        bar.advance(task, len(chunks[-1].pixels))
    return Images(*(np.concatenate(column) for column in zip(*chunks, strict=True)))


def _training_images(images: Images) -> TrainingImages:
    classes, factors = torch.from_numpy(images.classes), torch.from_numpy(images.factors)
    return TrainingImages(images.pixels, soft_labels(classes, factors), factors, turned=(PROBED.index("x"),))


def watch(steps: Iterable[tuple[int, Mapping[str, Tensor]]], count: int, bar: Progress) -> None:
    """Run all steps of a training, and show the parts of the loss from time to time."""
    task = bar.add_task("training", total=count)
    for done, parts in steps:
        bar.update(task, completed=done)
        if done % 25 == 1:
            text = " ".join(f"{name} {value.item():.3f}" for name, value in parts.items())
            bar.update(task, description=text)


if __name__ == "__main__":
    main()
