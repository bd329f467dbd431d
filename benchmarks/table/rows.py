"""Rows of the table, as a file."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pydantic import TypeAdapter

Key = tuple[str, str, str, int, int, int]


@dataclass(frozen=True)
class Figures:
    """Of one set of images, in the judge's space; None: too few to say."""

    count: int
    precision: float | None = None
    coverage: float | None = None
    vendi: float | None = None


@dataclass(frozen=True)
class Row:
    """One question by one method, with one seed."""

    method: str
    group: str  # layer, or "intersection"
    neurons: str
    level: str
    seed: int
    n: int  # asked for
    budget: int  # gradient evaluations a sample, at most
    references: int  # in band
    outcome: str
    samples: int
    in_band: float | None
    precision: float | None
    coverage: float | None
    vendi: float | None
    vendi_ratio: float | None  # over that of as many natural images
    duplicates: (
        float | None
    )  # share that lies four times nearer to another sample than natural images do to each other
    own_start: (
        float | None
    )  # share whose nearest of all references is the one it began as; None: it began as none
    chains: int  # walks that samples belong to, and of these, those that began as different references
    evaluations: float | None  # a sample in band
    seconds: float | None  # likewise
    held: int  # natural images that were no references, that samples are held against
    natural: int  # others, held against them in the samples' place
    natural_precision: float | None
    natural_coverage: float | None
    painted_precision: float | None  # the same others, through E and G
    painted_coverage: float | None
    natural_vendi: float | None
    painted_vendi: float | None
    # The first digits of the SHA-256 of the flow that shipped when this was measured.
    prior: str | None = None

    @property
    def key(self) -> Key:
        """What there is one row of."""
        return self.method, self.neurons, self.level, self.seed, self.n, self.budget

    @property
    def kind(self) -> str:
        """How many references show what the band holds."""
        return ">= 50" if self.references >= 50 else "1 to 49" if self.references else "0"


def write(found: Sequence[Row], path: Path) -> None:
    """All rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Row)])
        table.writeheader()
        for row in sorted(found, key=lambda row: row.key):
            table.writerow({name: _short(value) for name, value in asdict(row).items()})


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


def merged(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """The old rows, with new ones in the place of those of the same method, question, seed, n and budget."""
    return list({row.key: row for row in (*old, *new)}.values())


def _short(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value
