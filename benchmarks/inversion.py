"""``python -m benchmarks inversion``: what each part of a generator's training is worth, at equal CPU time, on photographs.

A network of photographs is inverted by the project's own training, each time with one part more or another layer. What is painted of
held-out photographs is then held against others by EfficientNet-Lite2, which no part of the training has seen.
"""

import csv
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, NamedTuple

import torch
import typer
from rich.console import Console
from safetensors.torch import load_file
from torch import Tensor, nn

from benchmarks import machine
from benchmarks.trust import judge as outside
from benchmarks.trust import models
from inverset.sampler.evaluation import metrics
from inverset.sampler.evaluation.sharpness import sharpness
from inverset.sampler.hooks import LayerOutput, capture
from inverset.sampler.judges import LayerJudge, Space
from inverset.sampler.problem import to_uint8
from inverset.sampler.zoo.inversion import kept as inverters
from inverset.sampler.zoo.inversion.about import Recipe
from inverset.sampler.zoo.own import file
from inverset.sampler.zoo.own.training import Training
from inverset.sampler.zoo.photos import entries, photographs
from inverset.sampler.zoo.photos.network import DEVIATION, MEAN, SIDE, PhotoNetwork
from inverset.sampler.zoo.photos.photographs import Photographs
from inverset.sampler.zoo.photos.teacher import IMAGENET

VARIANTS = {
    "the pooled vector": Recipe("pool"),
    "`code`, a map of 8 x 8": Recipe("code"),
    "and a residual block on each map": Recipe("code", blocks=1),
    "and an adversary": Recipe("code", adversary=0.1),
    "and both": Recipe("code", blocks=1, adversary=0.1),
}
BATCH, SECONDS = 32, 400  # images a step; of CPU time, for a training
SHIPPED = "`photos`, as shipped"
_FEWEST = 50  # steps of a training, however little time it has
_TIMED = 20  # steps by which the pace is measured, after as many others
_SHOWN = 2_000  # held-out photographs: one half is painted, against the other
_SAID = Console(stderr=True)
Encode = Callable[[Tensor], Tensor]  # E: images (n, 3, h, w) in [0, 1] -> codes (n, d)
_TITLE = "Inverters of photographs: what is each part of the training worth?"


class Seen(NamedTuple):
    """What Lite2 makes of images."""

    features: Tensor  # (n, 1280)
    logits: Tensor  # (n, 1000)


@dataclass(frozen=True)
class Row:
    """One training, or the photographs themselves."""

    name: str
    steps: int
    seconds: float  # of CPU time
    picture_error: float  # of that of one picture for all
    named: float  # share of photographs of ten classes that Lite2 names rightly
    precision: float
    recall: float
    coverage: float
    sharpness: float  # of that of photographs


class Outside:
    """EfficientNet-Lite2, and photographs to compare with."""

    def __init__(self, known: Photographs) -> None:
        self.network = outside.make().eval().to(memory_format=torch.channels_last)
        half = len(known.pixels) // 2
        self.others, self.shown = (
            Photographs(*(each[rows] for each in known)) for rows in (slice(half), slice(half, None))
        )
        seen = self.seen(self.others.pixels)
        self.space = Space.of(LayerJudge("Lite2", self.network, _fed, outside.FEATURES), seen.features)
        self._one = self.others.pixels.float().mean(dim=0) / 255
        self._sharp = sharpness(self.shown.pixels)

    @torch.no_grad()
    def seen(self, images: Tensor) -> Seen:
        """What it makes of images (n, 3, h, w) uint8."""
        parts = []
        for batch in images.split(50):
            layers = dict.fromkeys((outside.FEATURES, outside.LOGITS), _output)
            found = capture(self.network, _fed(batch.float() / 255), layers)
            parts.append((found[outside.FEATURES].flatten(1), found[outside.LOGITS]))
        return Seen(*map(torch.cat, zip(*parts, strict=True)))

    def row(self, name: str, images: Tensor, steps: int = 0, seconds: float = 0.0) -> Row:
        """The figures of images (n, 3, h, w) uint8 in the place of those that are shown."""
        seen, known = self.seen(images), self.shown
        places = (seen.features - self.space.mean) @ self.space.axes
        fidelity = metrics.fidelity(places, self.space.references)
        ten = known.classes < len(IMAGENET)
        right = seen.logits[ten][:, list(IMAGENET)].argmax(dim=1) == known.classes[ten]
        pixels = known.pixels.float() / 255
        error = (images.float() / 255 - pixels).abs().mean() / (self._one - pixels).abs().mean()
        return Row(
            name, steps, seconds, float(error), float(right.float().mean()), fidelity.precision, fidelity.recall, fidelity.coverage,
            sharpness(images) / self._sharp,
        )  # fmt: skip


def inversion(
    weights: Annotated[Path, typer.Option(help="Of the network of photographs.")] = entries.RELEASED
    / entries.WEIGHTS,
    seconds: Annotated[float, typer.Option(help="Of CPU time for a training.")] = SECONDS,
    only: Annotated[str, typer.Option(help="Trainings whose name has this in it.")] = "",
    kept: Annotated[Path, typer.Option(help="Where generators are kept.")] = Path("build/inversion"),
    out: Annotated[Path, typer.Option(help="Where results are written.")] = Path("docs/benchmarks"),
) -> None:
    """Inverters of photographs by layer, blocks and adversary, at equal CPU time.

    Photographs are read from the folder that INVERSET_PHOTOS names, with ``imagenette`` and ``landscapes`` in it.
    """
    folder = models.folder()
    if folder is None:
        raise typer.BadParameter(f"{models.SETTING} names no photographs")
    chosen = {name: recipe for name, recipe in VARIANTS.items() if only in name}
    _SAID.print(f"{len(chosen)} trainings of {seconds:.0f} s each")
    judge = Outside(_held_out(folder, kept))
    rows = [judge.row("photographs themselves", judge.shown.pixels)]
    if only in SHIPPED:
        rows.append(judge.row(SHIPPED, _painted(*_shipped(), judge.shown.pixels), _steps_of_shipped()))
    for number, (name, recipe) in enumerate(chosen.items()):
        made = _trained(recipe, seconds, folder, weights, kept, f"{number}")
        painted = _painted(made.encode, made.generator, judge.shown.pixels)
        rows.append(judge.row(name, painted, made.steps, made.seconds))
        _SAID.print(table(rows[-1:]))
    out.mkdir(parents=True, exist_ok=True)
    rows = _with_former(rows, out / "inversion.csv")
    write(rows, out / "inversion.csv")
    page = out / "inversion.md"
    machine.record("inversion", f"{table(rows)}\n\nSteps of {BATCH} photographs.", page, _TITLE)
    typer.echo(table(rows))


class _Made(NamedTuple):
    encode: Encode
    generator: nn.Module
    steps: int
    seconds: float


def _held_out(folder: Path, kept: Path) -> Photographs:
    """Held-out photographs, evenly over all kinds, in an order that mixes them."""
    every = photographs.read(folder, photographs.HELD_OUT, SIDE, kept / "held-out.pt")
    order = torch.randperm(len(every.pixels), generator=torch.Generator().manual_seed(0))[:_SHOWN]
    return Photographs(*(each[order] for each in every))


def _trained(recipe: Recipe, seconds: float, folder: Path, weights: Path, kept: Path, place: str) -> _Made:
    """A generator after as many steps as fit into the time, at the pace that is measured first."""
    network = entries.of_network(str(weights.resolve()))
    entry = {**network, "encoder": "code", "images": str(models.training_images(folder, kept))}
    if "photos" not in file.names(kept):
        file.add(kept, "photos", entry)

    def training(steps: int) -> Training:
        whole = replace(recipe, size=(SIDE, SIDE), steps=steps, batch=BATCH)
        return Training.of(file.entry(kept, "photos"), kept, whole, "cpu", place=place)

    pace = _pace(training(2 * _TIMED))
    steps, began = max(_FEWEST, round(seconds / pace)), time.process_time()
    chosen = training(steps)
    trainer = chosen.begin(anew=True)
    for done, _ in chosen.learn(trainer):
        if done % 100 == 0:
            _SAID.print(
                f"{recipe.layer}, blocks {recipe.blocks}, adversary {recipe.adversary}: {done} of {steps}"
            )
    spent = time.process_time() - began
    chosen.finish(trainer)
    return _Made(lambda images: trainer.reader(images).codes, trainer.generator, steps, spent)


def _pace(training: Training) -> float:
    """Seconds of CPU time for a step, from the second half of a short training, where all parts of the loss count."""
    trainer, began = training.begin(anew=True), 0.0
    for done, _ in training.learn(trainer):
        if done == _TIMED:
            began = time.process_time()
    return (time.process_time() - began) / _TIMED


def _shipped() -> tuple[Encode, nn.Module]:
    """E and G that come along."""
    network = PhotoNetwork().eval()
    network.load_state_dict(load_file(entries.RELEASED / entries.WEIGHTS))
    generator = inverters.load(entries.RELEASED / entries.GENERATOR).generator.eval()
    return lambda images: network.coded((images - MEAN) / DEVIATION).flatten(1), generator


def _steps_of_shipped() -> int:
    about = json.loads((entries.RELEASED / entries.GENERATOR / inverters.ABOUT).read_text())
    return int(about["asked"]["steps"])


@torch.no_grad()
def _painted(encode: Encode, generator: nn.Module, images: Tensor) -> Tensor:
    """G(E(x)) of images (n, 3, h, w) uint8, likewise."""
    made = torch.cat([generator(encode(batch.float() / 255)) for batch in images.split(100)])
    return to_uint8(made.clamp(0, 1))


def _fed(images: Tensor) -> Tensor:
    """Lite2's input of images (n, 3, h, w) in [0, 1]."""
    larger = torch.nn.functional.interpolate(images, (outside.SIDE,) * 2, mode="bilinear", antialias=True)
    return ((larger - 0.5) / 0.5).to(memory_format=torch.channels_last)


def _output(layer: LayerOutput) -> Tensor:
    return layer.output


def _with_former(rows: Sequence[Row], path: Path) -> list[Row]:
    """These rows and those of trainings that were not named, as they were written before."""
    found = {row.name: row for row in (*_read(path), *rows)}
    order = {name: place for place, name in enumerate((*VARIANTS, SHIPPED))}
    return sorted(found.values(), key=lambda row: order.get(row.name, -1))


def _read(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return [
            Row(
                line.pop("name"),
                int(line.pop("steps")),
                **{name: float(value) for name, value in line.items()},
            )
            for line in csv.DictReader(stream)
        ]


def table(rows: Sequence[Row]) -> str:
    """As Markdown."""
    lines = [
        "| inverted | steps | CPU s | picture error | named rightly | precision | recall | coverage | sharpness |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.steps or ''} | {row.seconds or 0:.0f} | {row.picture_error:.2f} | {row.named:.2f} "
        f"| {row.precision:.2f} | {row.recall:.2f} | {row.coverage:.2f} | {row.sharpness:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)


def write(rows: Sequence[Row], path: Path) -> None:
    """One line a training."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        lines = csv.writer(stream)
        lines.writerow([each.name for each in fields(Row)])
        lines.writerows([getattr(row, each.name) for each in fields(Row)] for row in rows)
