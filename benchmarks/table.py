"""Methods side by side, beside natural images through E and G."""

import csv
import multiprocessing
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from benchmarks.questions import questions
from sampler import driver, evidence, methods, zoo
from sampler.steps import Emission

METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "calibrated": ("calibrated", {}),
    "paper": ("paper", {}),
    "paper literal": ("paper", {"literal": True}),
    "rejection": ("rejection", {}),
}
EVALUATIONS = 60  # of the gradient, at most, a sample asked for


@dataclass(frozen=True)
class Asked:
    """What is asked of every method."""

    neurons: int  # of each layer
    n: int
    evaluations: int = EVALUATIONS


@dataclass(frozen=True)
class Row:
    """One question by one method; None: nothing to compare with."""

    method: str
    neuron: str
    level: str
    outcome: str
    samples: int
    in_band: float | None
    references: int
    precision: float | None
    coverage: float | None
    vendi: float | None
    natural_precision: float | None
    natural_coverage: float | None
    natural_vendi: float | None
    evaluations_per_sample: float | None
    seconds: float


def measure(method: str, place: int, asked: Asked) -> Row:
    """Run one question, by its place among all."""
    level, problem = list(questions(_bundle(), asked.neurons))[place]
    name, given = METHODS[method]
    budget = asked.evaluations * asked.n
    request = driver.Request(asked.n, methods.get(name).DEFAULT_K, 0, gradient_evaluations=budget)
    steps = [*driver.run(problem, name, methods.options(name, given), request)]
    found = Emission(*(torch.cat(column) for column in zip(*(step.emission for step in steps), strict=True)))
    outcome, tally = steps[-1].outcome, steps[-1].state.tally._asdict()
    seen = (
        evidence.measure(problem, found.images, found.codes, found.features, tally)
        if len(found.steps)
        else {}
    )
    ours, held, natural = seen.get("samples", {}), seen.get("references", {}), seen.get("baseline") or {}
    return Row(
        method,
        str(problem.neurons[0]),
        level,
        outcome.reason if outcome else "",
        len(found.steps),
        ours.get("in_band_rate"),
        problem.references_in_band,
        held.get("precision"),
        held.get("coverage"),
        ours.get("vendi"),
        natural.get("precision"),
        natural.get("coverage"),
        natural.get("vendi"),
        seen["cost"]["gradient_evaluations_per_sample"] if seen else None,
        tally["seconds"],
    )


def rows(chosen: Sequence[str], asked: Asked, processes: int) -> Iterator[Row]:
    """All questions by all chosen methods, as they are done."""
    count = len(list(questions(_bundle(), asked.neurons)))
    work = [(method, place, asked) for method in chosen for place in range(count)]
    with multiprocessing.get_context("spawn").Pool(processes, torch.set_num_threads, (1,)) as pool:
        yield from pool.imap_unordered(_measure, work)


def write(found: Sequence[Row], path: Path) -> None:
    """All rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Row)])
        table.writeheader()
        table.writerows(
            asdict(row) for row in sorted(found, key=lambda row: (row.method, row.neuron, row.level))
        )


def read(path: Path) -> list[Row]:
    """What was written; nothing where there is no such file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        lines = [
            {name: None if text == "" and name != "outcome" else text for name, text in line.items()}
            for line in csv.DictReader(file)
        ]
    return TypeAdapter(list[Row]).validate_python(lines)


def summary(found: Sequence[Row]) -> str:
    """Medians (and the worst) over neurons, a line for each method, layer and level, as Markdown."""
    columns = (
        "method",
        "layer",
        "band",
        "reached n",
        "in band (worst)",
        "precision (worst)",
        "coverage (worst)",
    )
    head = f"| {' | '.join((*columns, 'Vendi / natural (worst)', 'evaluations a sample'))} |"
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    found = [*_natural(found), *found]
    groups = sorted({(row.method, row.neuron.split(":")[0], row.level) for row in found})
    for method, layer, level in groups:
        here = [r for r in found if (r.method, r.neuron.split(":")[0], r.level) == (method, layer, level)]
        lines.append(f"| {method} | {layer} | {level} | {_line(here)} |")
    return "\n".join(lines)


def _natural(found: Sequence[Row]) -> list[Row]:
    """Natural images of the same bands through E and G, as if they had been sampled."""
    asked = {(row.neuron, row.level): row for row in found if row.natural_vendi}
    return [
        replace(
            row,
            method="natural images",
            outcome="",
            in_band=None,
            precision=row.natural_precision,
            coverage=row.natural_coverage,
            vendi=row.natural_vendi,
            evaluations_per_sample=None,
        )
        for row in asked.values()
    ]


def _line(here: Sequence[Row]) -> str:
    rates = [row.in_band for row in here if row.in_band is not None]
    reached = sum(row.outcome == "reached n" for row in here)
    ratios = [row.vendi / row.natural_vendi for row in here if row.vendi and row.natural_vendi]
    cells = [
        f"{reached} of {len(here)}" if here[0].outcome else "",
        f"{min(rates):.3f}" if rates else "",
        *(_median(values) for values in ([r.precision for r in here], [r.coverage for r in here], ratios)),
    ]
    cost = [row.evaluations_per_sample for row in here if row.evaluations_per_sample is not None]
    return " | ".join([*cells, f"{statistics.median(cost):.1f}" if cost else ""])


def _median(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.2f} ({min(known):.2f})" if known else ""


def _measure(work: tuple[str, int, Asked]) -> Row:
    return measure(*work)


@cache
def _bundle() -> Any:
    return zoo.load("scenes")
