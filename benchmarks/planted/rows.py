"""Trials and joined pairs as CSV: methods may be measured one after another, on the same page in the end."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.planted.joining import Joined
from benchmarks.planted.trials import GIVEN, Trial

_GUESSES = tuple(f"guesses from {given}" for given in GIVEN)
_TRIAL = ("method", "seed", "class", "shortcut", "low", "high", "samples", "outcome", "shown", *_GUESSES)
_SHARES = ("both", "first", "second", "paintable")
_JOINED = ("method", "neuron", "seed", "shortcuts", "samples", *_SHARES, "clean")


def write_trials(found: Sequence[Trial], path: Path) -> None:
    """All trials, in order of method, seed and class; guesses from fewer images are parted by spaces."""
    lines = [
        [row.method, row.seed, row.cls, row.shortcut, f"{row.low:.3f}", f"{row.high:.3f}", row.found, row.outcome,
         f"{row.shown:.2f}", *(" ".join(some) for some in row.guessed)]
        for row in sorted(found, key=lambda each: (each.method, each.seed, each.cls))
    ]  # fmt: skip
    _write(path, _TRIAL, lines)


def read_trials(path: Path) -> list[Trial]:
    """What was written; nothing where there is no such file."""
    return [
        Trial(row["method"], int(row["seed"]), row["class"], row["shortcut"], float(row["low"]), float(row["high"]),
              int(row["samples"]), row["outcome"], float(row["shown"]), tuple(tuple(row[name].split()) for name in _GUESSES))
        for row in _read(path)
    ]  # fmt: skip


def write_joined(found: Sequence[Joined], path: Path) -> None:
    """All pairs of shortcuts that were sampled together."""
    lines = [
        [row.method, row.how, row.seed, " ".join(row.parts), row.found,
         *(f"{getattr(row, name):.2f}" for name in _SHARES), row.clean]
        for row in found
    ]  # fmt: skip
    _write(path, _JOINED, lines)


def read_joined(path: Path) -> list[Joined]:
    """What was written; nothing where there is no such file."""
    return [
        Joined(row["method"], row["neuron"], int(row["seed"]), tuple(row["shortcuts"].split()),
               int(row["samples"]), clean=int(row["clean"]), **{name: float(row[name]) for name in _SHARES})
        for row in _read(path)
    ]  # fmt: skip


def _write(path: Path, head: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(head)
        table.writerows(lines)


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
