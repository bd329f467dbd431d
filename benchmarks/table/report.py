"""The table as Markdown: medians over questions, and the worst."""

import statistics
from collections.abc import Callable, Iterable, Sequence

from benchmarks.questions import GROUPS
from benchmarks.table.rows import Row

KINDS = (">= 50", "1 to 49", "0")  # references in band
_COLUMNS = (
    "method",
    "reached n",
    "in band (worst)",
    "precision (worst)",
    "coverage (worst)",
    "Vendi",
    "/ nature's",
    "duplicates (worst)",
    "own start nearest (worst)",
    "chains",
    "evaluations a sample (worst)",
    "ms a sample",
)


def summary(found: Sequence[Row], methods: Sequence[str]) -> str:
    """A table for each kind of band and layer, with natural images first."""
    parts = []
    for kind in KINDS:
        for group in GROUPS:
            here = [row for row in found if (row.kind, row.group) == (kind, group)]
            if here:
                parts.append(
                    f"**{group}, {kind} references in band** ({_about(here)})\n\n{_table(here, methods)}"
                )
    return "\n\n".join(parts)


def overview(found: Sequence[Row], methods: Sequence[str]) -> str:
    """One line for each method and kind of band: medians over the questions that all were asked, over what nature through G reaches."""
    head = (
        "references in band (questions)", "method", "reached n", "precision / of nature through G", "coverage / of nature through G",
        "Vendi / nature's", "duplicates", "own start nearest", "evaluations a sample",
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for kind in KINDS:
        of_kind = {name: [row for row in found if (row.kind, row.method) == (kind, name)] for name in methods}
        asked = [{(row.neurons, row.level) for row in own} for own in of_kind.values() if own]
        common = set.intersection(*asked) if asked else set()
        for name, rows in of_kind.items():
            if own := [row for row in rows if (row.neurons, row.level) in common]:
                lines.append(f"| {kind} ({len(common)}) | {name} | {' | '.join(_ratios(own))} |")
    return "\n".join(lines)


def _ratios(own: Sequence[Row]) -> list[str]:
    return [
        f"{sum(row.outcome == 'reached n' for row in own)} of {len(own)}",
        _median([_over(row.precision, row.painted_precision) for row in own], digits=2),
        _median([_over(row.coverage, row.painted_coverage) for row in own], digits=2),
        _median([row.vendi_ratio for row in own], digits=2),
        _median([row.duplicates for row in own], digits=2),
        _median([row.own_start for row in own], digits=2),
        _median([row.evaluations for row in own]),
    ]


def _over(value: float | None, reached: float | None) -> float | None:
    return None if value is None or not reached else value / reached


def ablation(found: Sequence[Row], names: Sequence[str]) -> str:
    """One small table over all questions; ratios say more than medians where bands differ as much as these."""
    return _table(found, names) if found else ""


def _about(here: Sequence[Row]) -> str:
    questions = {(row.neurons, row.level): row for row in here}.values()
    held, references = [row.held for row in questions], [row.references for row in questions]
    return (
        f"{len(questions)} questions, {min(references)} to {max(references)} references; held against {min(held)} to {max(held)} "
        f"images that were none; n {_list(row.n for row in here)}, seeds {_list(row.seed for row in here)}, "
        f"at most {_list(row.budget for row in here)} evaluations a sample"
    )


def _list(values: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(set(values))))


def _table(here: Sequence[Row], names: Sequence[str]) -> str:
    head = f"| {' | '.join(_COLUMNS)} |"
    lines = [head, "|---" * len(_COLUMNS) + "|"]
    lines += [_nature(here, "natural images", "natural"), _nature(here, "the same through G", "painted")]
    for name in names:
        if own := [row for row in here if row.method == name]:
            lines.append(f"| {name} | {' | '.join(_cells(own))} |")
    return "\n".join(lines)


def _nature(here: Sequence[Row], name: str, column: str) -> str:
    """Each question once, with the row that held most against it."""
    known = {(row.neurons, row.level): row for row in sorted(here, key=lambda row: row.natural)}
    own = [row for row in known.values() if row.natural > 1]
    values = [
        _worst([getattr(row, f"{column}_{figure}") for row in own]) for figure in ("precision", "coverage")
    ]
    vendi = _median([getattr(row, f"{column}_vendi") for row in own])
    counts = [row.natural for row in own]
    output = f"{name}, {min(counts)} to {max(counts)}" if counts else name
    return f"| {output} |  |  | {' | '.join(values)} | {vendi} |  |  |  |  |  |  |"


def _cells(own: Sequence[Row]) -> list[str]:
    return [
        f"{sum(row.outcome == 'reached n' for row in own)} of {len(own)}",
        _worst([row.in_band for row in own], digits=3),
        _worst([row.precision for row in own]),
        _worst([row.coverage for row in own]),
        _median([row.vendi for row in own]),
        _median([row.vendi_ratio for row in own], digits=2),
        _worst([row.duplicates for row in own], max),
        _worst([row.own_start for row in own], max),
        _median([float(row.chains) for row in own], digits=0),
        _worst([row.evaluations for row in own], max, 1),
        _median([row.seconds and 1000 * row.seconds for row in own], digits=0),
    ]


def _median(values: Sequence[float | None], digits: int = 1) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.{digits}f}" if known else ""


def _worst(
    values: Sequence[float | None], worst: Callable[[Sequence[float]], float] = min, digits: int = 2
) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.{digits}f} ({worst(known):.{digits}f})" if known else ""
