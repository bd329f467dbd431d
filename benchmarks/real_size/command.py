"""``python -m benchmarks real-size``: CaffeNet and ResNet-50 with generators of photographs' size, on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from benchmarks.real_size import measuring
from benchmarks.real_size.bundles import BUNDLES, question
from benchmarks.real_size.measuring import Pace, Run, Setting
from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import Problem
from inverset.studies import machine

_BATCHES = (10, 20, 40, 80, 160, 320, 640)
_TRUTH = (
    "Weights are random: passes cost what they would with trained ones, and the band is the upper third of the generator's own draws, "
    "which is easier than the paper's. The paper reports 4 minutes for seeds and a walk of 85 steps for 490 more samples of CaffeNet "
    "(K = 10, n = 500) on a Quadro P5000: other hardware, another framework, another band."
)


@dataclass(frozen=True)
class Line:
    """Of the table."""

    model: str
    setting: Setting
    k: int
    pace: Pace | None  # None: there was not memory enough
    run: Run | None  # None: not tried


def real_size(
    *,
    device: str = "cuda" if torch.cuda.is_available() else "cpu",
    models: Annotated[str, typer.Option(help="Separated by commas.")] = ",".join(BUNDLES),
    batches: Annotated[
        str, typer.Option(help="Separated by commas; by default 10, and on a GPU up to its memory.")
    ] = "",
    steps: Annotated[int, typer.Option(help="Of each setting.")] = 20,
    n: Annotated[int, typer.Option(help="Samples, timed with the smallest batch of each setting.")] = 500,
    seconds: Annotated[float, typer.Option(help="At most, for those.")] = 600,
    out: Annotated[Path, typer.Option(help="Where results are written.")] = Path("docs/benchmarks"),
) -> None:
    """Networks of real size, random weights: evaluations a second, what is not the networks, seconds to n samples."""
    settings = measuring.ON_GPU if device.startswith("cuda") else measuring.ON_CPU
    sizes = (
        tuple(map(int, batches.split(",")))
        if batches
        else _BATCHES
        if device.startswith("cuda")
        else _BATCHES[:1]
    )
    lines = []
    for name in models.split(","):
        request = question(_moved(BUNDLES[name](), device))
        for line in _lines(request, settings, sizes, steps, (n, seconds)):
            lines.append(line)
            typer.echo(_row(line))
    text = f"{table(lines)}\n\n{_TRUTH}\n\n*{machine.described(_named(device))}*"
    out.mkdir(parents=True, exist_ok=True)
    (out / f"real-size-{torch.device(device).type}.md").write_text(text + "\n", encoding="utf-8")
    typer.echo(text)


def _lines(
    asked: Problem, settings: tuple[Setting, ...], sizes: tuple[int, ...], steps: int, most: tuple[int, float]
) -> Iterator[Line]:
    for setting in settings:
        for k in sizes:
            try:
                pace = measuring.pace(asked, setting, k, steps)
            except torch.cuda.OutOfMemoryError:
                torch.cuda.empty_cache()
                yield Line(asked.bundle.name, setting, k, None, None)
                break
            run = measuring.until(asked, setting, k, *most) if k == sizes[0] else None
            yield Line(asked.bundle.name, setting, k, pace, run)


def _moved(bundle: Bundle, device: str) -> Bundle:
    statistics = replace(
        bundle.statistics, mean=bundle.statistics.mean.to(device), scales=bundle.statistics.scales.to(device)
    )
    bundle.network.to(device)
    bundle.generator.to(device)
    return replace(bundle, statistics=statistics)


def _named(device: str) -> str:
    return f"{device} ({torch.cuda.get_device_name(device)})" if device.startswith("cuda") else device


def table(lines: list[Line]) -> str:
    """As Markdown."""
    names = ["model", "computing", "K", "evaluations/s", "networks alone", "not the networks", "GiB"]
    names += ["samples, in band", "seconds", "evaluations a sample"]
    head = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    return "\n".join([*head, *map(_row, lines)])


def _row(line: Line) -> str:
    cells = [line.model, line.setting.name, str(line.k), *_paced(line.pace), *_timed(line.run)]
    return f"| {' | '.join(cells)} |"


def _paced(pace: Pace | None) -> list[str]:
    if pace is None:
        return ["out of memory", "", "", ""]
    memory = "" if pace.gibibytes is None else f"{pace.gibibytes:.1f}"
    return [f"{pace.evaluations:.3g}", f"{pace.networks:.3g}", f"{pace.overhead:.1%}", memory]


def _timed(run: Run | None) -> list[str]:
    if run is None:
        return ["", "", ""]
    each = f"{run.evaluations / run.samples:.1f}" if run.samples else ""
    return [f"{run.samples}, {run.in_band}", f"{run.seconds:.0f}", each]
