"""``python -m benchmarks levels``: a neuron of photographs from low to high, and what the evidence says of each band."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import torch
import typer
from PIL import Image
from rich.console import Console
from rich.progress import track
from torch import Tensor

from benchmarks import machine
from benchmarks.trust import judge as outside
from benchmarks.volcano import SHOWN, Row, sheet
from inverset.sampler import sample, zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import Neuron
from inverset.sampler.zoo.photos import entries
from inverset.settings import from_environment

BANDS = ((0.5, 0.7), (0.9, 0.94), (0.97, 0.99), (0.995, 1.0))  # quantiles of the natural images


class Level(NamedTuple):
    """A band, its samples and their evidence."""

    ends: tuple[float, float]
    images: Tensor  # (n, 3, h, w) uint8, by rising activation
    evidence: dict[str, Any]

    @property
    def named(self) -> dict[str, Any] | None:
        """Whether another network agrees; None: no other network has the label."""
        return next(iter(self.evidence["agreement"] or ()), None)


def levels(
    model: Annotated[str, typer.Option(help="As `inverset models` lists it.")] = entries.IMAGENET,
    neuron: Annotated[str, typer.Option(help="layer:unit.")] = "_fc:church",
    n: Annotated[int, typer.Option("--n", help="Samples a band.")] = 60,
    out: Annotated[Path, typer.Option(help="Where results are written.")] = Path("docs/benchmarks"),
) -> None:
    """A neuron of photographs from low to high. Reads the calibrated model from the data folder, INVERSET_DATA_DIR."""
    bundle = zoo.load(model, own=from_environment().data_dir)
    if outside.is_installed():
        bundle = replace(bundle, labeller=outside.labeller())
    found = [_level(bundle, neuron, ends, n) for ends in track(BANDS, "bands", console=Console(stderr=True))]
    out.mkdir(parents=True, exist_ok=True)
    about = f"`{neuron}` of `{model}`, {n} samples a band.\n\n{table(found)}"
    machine.record("levels", about, out / "levels.md", "A neuron of photographs, from low to high")
    picture(found).save(out / "levels.webp", quality=88)
    typer.echo(table(found))


def table(found: Sequence[Level]) -> str:
    """The figures as Markdown."""
    head = (
        "band", "word", "reason", "precision (through G)", "coverage (through G)", "named so by another network (natural images in band)",
        "evaluations a sample",
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for level in found:
        columns = level.evidence["judge"]["columns"]
        own, many, ceiling = (columns[name] or {} for name in ("samples", "as_many", "ceiling"))
        cells = (
            _title(level),
            level.evidence["trust"]["word"],
            level.evidence["trust"]["reason"],
            f"{_share(own.get('precision'))} ({_share(ceiling.get('precision'))})",
            f"{_share(many.get('coverage'))} ({_share(ceiling.get('coverage'))})",
            ""
            if level.named is None
            else f"{_share(level.named['samples'])} ({_share(level.named['natural'])})",
            f"{level.evidence['cost']['evaluations_per_sample']:.1f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def picture(found: Sequence[Level]) -> Image.Image:
    """A row of samples a band, the verdict beside it."""
    chosen = [torch.linspace(0, len(level.images) - 1, SHOWN).round().long() for level in found]
    return sheet(
        [
            Row(_title(level), level.evidence["trust"]["word"], level.images[places])
            for level, places in zip(found, chosen, strict=True)
        ]
    )


def _level(bundle: Bundle, neuron: str, ends: tuple[float, float], n: int) -> Level:
    if bundle.reference is None:
        raise ValueError(f"{bundle.name} has no natural images to take bands from")
    activations = bundle.reference.read([Neuron.parse(neuron, bundle)])[:, 0]
    band = activations.quantile(torch.tensor(ends)).tolist()
    result = sample(bundle, {"neurons": [{"neuron": neuron, "range": band}], "n": n})
    if result.evidence is None:
        raise ValueError(f"no image of {neuron} reaches {band}")
    return Level(ends, result.images[result.activations[:, 0].argsort()], result.evidence)


def _title(level: Level) -> str:
    low, high = (f"{100 * end:g} %" for end in level.ends)
    return f"{low} to {high}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
