"""The numbers of a study: all of them as CSV, the main ones as Markdown."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from inverset.studies.picture import acts, label
from inverset.studies.runner import Row

HEAD = ("row", "neurons", "method", "figure", "samples", "natural", "rejection", "ceiling")


def as_csv(rows: Sequence[Row]) -> str:
    """A line for each figure of each row, with its baselines; empty where there is no value."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEAD)
    for number, row in enumerate(rows, 1):
        for figure, value in row.figures.items():
            rivals = (row.natural.get(figure), row.rejection.get(figure), row.ceiling.get(figure))
            writer.writerow([number, " and ".join(acts(row)), label(row), figure, value, *rivals])
    return file.getvalue()


def as_markdown(rows: Sequence[Row], shown: Sequence[str]) -> str:
    """A table with a row per condition, of figures that a row has; in brackets the values of natural images in the same bands."""
    some = [figure for figure in shown if any(row.figures.get(figure) is not None for row in rows)]
    head = ("asked", "method", "ended", "verdict", *some)
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines.extend(f"| {' | '.join(_cells(row, some))} |" for row in rows)
    return "\n".join(lines) + "\n"


def _cells(row: Row, shown: Sequence[str]) -> Iterator[str]:
    yield " and ".join(acts(row))
    yield label(row)
    yield row.outcome.reason
    yield row.trust.word if row.trust else ""
    for figure in shown:
        value, natural = row.figures.get(figure), row.natural.get(figure)
        yield _text(value) + ("" if natural is None else f" ({_text(natural)})")


def _text(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value == int(value) and abs(value) >= 1 else f"{round(value, 3):z.3g}"
