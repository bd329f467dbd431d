"""Rows, alarms and truth as CSV: methods may be measured one after another, on the same page in the end."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from benchmarks.confounds.model import Truth
from benchmarks.confounds.trials import Alarm, Row

_NUMBERS = {
    each.name: {"int": int, "float": float}.get(str(getattr(each.type, "__name__", each.type)), str)
    for each in fields(Row)
}


def write(found: Sequence[Row], path: Path) -> None:
    """All rows, in the order of neuron, method and seed."""
    ordered = sorted(found, key=lambda row: (row.need, row.neuron, row.method, row.seed))
    _write(
        path, [each.name for each in fields(Row)], ([*map(_text, asdict(row).values())] for row in ordered)
    )


def read(path: Path) -> list[Row]:
    """What was written; nothing where there is no such file."""
    return [Row(**{name: _NUMBERS[name](value) for name, value in line.items()}) for line in _read(path)]


def write_alarms(found: Sequence[Alarm], path: Path) -> None:
    """All alarms; names are parted by semicolons."""
    ordered = sorted(found, key=lambda each: (each.need, each.neuron, each.eyes, each.seed))
    lines = ([*map(_text, each._replace(names=())[:7]), "; ".join(each.names), each.word] for each in ordered)
    _write(path, Alarm._fields, lines)


def read_alarms(path: Path) -> list[Alarm]:
    """What was written; nothing where there is no such file."""
    return [
        Alarm(
            line["neuron"], line["kind"], float(line["share"]), line["how"], line["need"], int(line["seed"]),
            line["eyes"], tuple(filter(None, line["names"].split("; "))), line["word"],
        )
        for line in _read(path)
    ]  # fmt: skip


def write_truths(found: dict[str, Truth], path: Path) -> None:
    """Neuron -> what is true of its band."""
    _write(path, ("neuron", *Truth._fields), ([name, *map(_text, each)] for name, each in found.items()))


def read_truths(path: Path) -> dict[str, Truth]:
    """What was written; nothing where there is no such file."""
    return {
        line["neuron"]: Truth(
            int(line["in_band"]), float(line["cause"]), float(line["confound"]), int(line["known_in_band"]),
            float(line["known_confound_in_band"]), float(line["known_confound"]),
            float(line["known_read"]),
        )
        for line in _read(path)
    }  # fmt: skip


def _text(value: Any) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _write(path: Path, head: Iterable[str], lines: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(head)
        table.writerows(lines)


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
