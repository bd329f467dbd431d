"""``python -m benchmarks prior``: a flow, a mixture and a Gaussian fitted on few and many reference codes: natural, or copies?"""

import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.sampler.bundle import Bundle, CodeStatistics, Prior
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.priors import Flow, Gaussian, Mixture
from inverset.sampler.priors.choosing import NEAREST
from inverset.sampler.priors.training import Trainer, Training
from inverset.sampler.priors.worth import Worth
from inverset.sampler.zoo.scenes import prior as of_scenes

SIZES = (300, 1000, 3000, 10_000)  # codes
STEPS = 1500  # of each flow
COUNT = of_scenes.HELD_OUT
_KEPT = 0.99  # of the variance of codes


class Row(NamedTuple):
    """One prior."""

    codes: int  # fitted on
    steps: int  # of training, 0 where there are none
    seconds: float  # of one core, for fitting
    worth: Worth


def rows(bundle: Bundle, sizes: Sequence[int], steps: int, count: int = of_scenes.HELD_OUT) -> Iterator[Row]:
    """Of ``count`` draws each. Natural images through G first; the shipped flow last."""
    assert bundle.reference is not None
    every = bundle.reference.codes
    nature = of_scenes.nature(bundle, every, count)
    yield Row(0, 0, 0.0, nature.ceiling)
    for size in sizes:
        codes = evenly(every, size)
        statistics = of_codes(codes, bundle.statistics)
        held = replace(nature, fitted=codes)
        for kind in (Flow, Mixture, Gaussian):
            began = time.process_time()
            fitted = _fitted(kind, codes, statistics, steps)
            spent = time.process_time() - began
            yield Row(size, steps if kind is Flow else 0, spent, held.worth(fitted))
    if bundle.prior is not None:
        codes, steps = of_scenes.fitted_codes(bundle), of_scenes.TEACHER.steps + of_scenes.TRAINING.steps
        held = replace(nature, fitted=codes)
        yield Row(len(codes), steps, 0.0, held.worth(bundle.prior))


def of_codes(codes: Tensor, like: CodeStatistics) -> CodeStatistics:
    """Statistics of these codes (r, d) alone."""
    mean = codes.mean(dim=0)
    _, singular, axes = torch.linalg.svd(codes - mean, full_matrices=False)
    share = singular.square().cumsum(0) / singular.square().sum()
    kept = int((share < _KEPT).sum()) + 1
    scales = singular[:kept] / (len(codes) - 1) ** 0.5
    return CodeStatistics(
        mean, axes[:kept].T.contiguous(), scales, like.floor, like.norm_limit, like.cycle_limit
    )


def _fitted(kind: type[Prior], codes: Tensor, statistics: CodeStatistics, steps: int) -> Prior:
    if kind is Flow:
        return Trainer(codes, statistics, Training(steps=steps)).run()
    return Mixture.fit(codes, statistics) if kind is Mixture else Gaussian(statistics)


def _cells(row: Row) -> list[str]:
    worth = row.worth
    cleaned = worth.nearest_cleaned
    return [
        f"{row.codes:,}" if row.codes else "",
        worth.kind + (f", {row.steps:,} steps" if row.steps else ""),
        *(f"{each:.2f}" for each in worth.through.named().values()),
        *(f"{each:.2f}" for each in worth.raw.named().values()),
        f"{worth.nearest:.2f}" if row.codes else "",
        "" if cleaned is None else f"{cleaned:.2f}",
        "" if worth.cycle is None else f"{worth.cycle:.2f}",
        "" if worth.cycle_cleaned is None else f"{worth.cycle_cleaned:.2f}",
        f"{row.seconds:.0f}" if row.codes and row.seconds >= 0.5 else "",
    ]


def table(found: Sequence[Row]) -> str:
    """As Markdown."""
    head = [
        "codes", "prior", "precision", "coverage", "recall", "raw precision", "raw coverage", "raw recall",
        "nearest", "nearest, cleaned", "cycle", "cycle, cleaned", "s",
    ]  # fmt: skip
    lines = [head, ["---"] * len(head), *(_cells(row) for row in found)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def page(found: Sequence[Row], machine: str) -> str:
    """All that is published."""
    count = found[0].worth.draws
    return f"""# Priors over codes: how natural, from how many codes, and are they copies?

Each prior of `scenes` is fitted on so many reference codes, evenly spread, and on code statistics of these alone; {count:,}
draws, seed 0, each cleaned once (c' = E(G(c))), are held against {count:,} images of the world that neither the networks nor the
prior saw. Again: `python -m benchmarks prior`.

{table(found)}

- *precision, coverage, recall*: in the witness's features (64 axes, k = 5), against these images **through G**: what a prior of
  codes can reach is in the first row, other such images through G. *raw*: against the images themselves, where what G loses shows.
- *nearest*: mean distance in E from a draw to the nearest code that the prior was fitted on, over that of held-out codes;
  *cleaned*: of both after the pass. 1: as far as nature is. Below {NEAREST} draws count as copies, and the candidate is rejected.
- *cycle*: median |E(G(c)) - c| / |c| of draws, before and after the pass.
- *s*: seconds of one core for fitting.
- The last row is the flow that ships: {of_scenes.TEACHER.steps:,} steps, and {of_scenes.TRAINING.steps:,} in which it learnt its own draws
  again, along straighter paths ([decision 23](../decisions/0023-a-prior-over-codes.md)).
- One seed; {count:,} draws: differences below .03 are noise.

*{machine}*
"""


def write(found: Sequence[Row], path: Path) -> None:
    """One line a prior."""
    names = ("precision", "coverage", "recall")
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(
            [
                *("codes", "kind", "steps", "seconds", "draws", *names, *(f"raw_{each}" for each in names)),
                *("nearest", "nearest_cleaned", "cycle", "cycle_cleaned"),
            ]
        )
        for row in found:
            worth = row.worth
            numbers = (
                *worth.through.named().values(),
                *worth.raw.named().values(),
                worth.nearest,
                worth.nearest_cleaned,
                worth.cycle,
                worth.cycle_cleaned,
            )
            cells = ["" if each is None else f"{each:.5g}" for each in numbers]
            lines.writerow([row.codes, worth.kind, row.steps, f"{row.seconds:.1f}", worth.draws, *cells])
