"""Printing: results to standard output, everything else to standard error."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from inverset.contract.answers import QUEUED, RUNNING, SUCCEEDED, JobAnswer, QueuePlace, SweepAnswer
from inverset.contract.evidence import NO_EVIDENCE, Evidence
from inverset.jobs import share

WORDS = {"good": "green", "careful": "yellow", "do not trust": "red"}  # of a verdict, by how they are shown
LINE_SECONDS = 10.0  # between two lines on one thing, where standard error is no terminal
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Print a remark that is not a result."""
    err.print(text, soft_wrap=True)


def complain(text: str) -> None:
    """Print why the command failed."""
    err.print(f"[bold red]inverset:[/] {escape(text)}", soft_wrap=True)


class Bars(ABC):
    """The progress of several counted things, one line each."""

    @abstractmethod
    def add(self, key: str, text: str, total: int) -> None:
        """Begin a line."""

    @abstractmethod
    def show(self, key: str, done: int, note: str) -> None:
        """Move a line to a count, with a note on how it stands."""

    @abstractmethod
    def mover(self, key: str) -> Callable[[int], object]:
        """A function that advances a line by a number of steps."""

    def show_job(self, job: JobAnswer) -> None:
        """Move a job's line to its progress."""
        self.show(job.id, job.progress.accepted, standing(job))

    def add_sweep(self, sweep: SweepAnswer) -> None:
        """Begin a line for each job of a sweep."""
        for number, job in enumerate(sweep.jobs):
            self.add(job.id, f"{number}  {job.asked}", job.progress.n)

    def show_sweep(self, sweep: SweepAnswer) -> None:
        """Move the lines of a sweep's jobs to their progress."""
        for job in sweep.jobs:
            self.show_job(job)


class MovingBars(Bars):
    """Progress bars that a terminal redraws in place."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def add(self, key: str, text: str, total: int) -> None:
        """Begin a bar."""
        self._tasks[key] = self._progress.add_task(escape(text), total=total, note="")

    def show(self, key: str, done: int, note: str) -> None:
        """Move a bar."""
        self._progress.update(self._tasks[key], completed=done, note=escape(note))

    def mover(self, key: str) -> Callable[[int], object]:
        """A function that advances a bar."""
        task = self._tasks[key]
        return lambda count: self._progress.advance(task, count)


@dataclass
class _Line:
    text: str
    total: int
    done: int = 0
    note: str = ""
    printed: tuple[int, str] | None = None  # the count and note that were printed last
    due: float = 0.0  # when it may be printed again, by the monotonic clock


class PrintedLines(Bars):
    """Lines printed now and then, for standard error that is a file or a pipe: a bar would appear at the end only."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    def add(self, key: str, text: str, total: int) -> None:
        """Begin a line; it is printed once there is progress."""
        self._lines[key] = _Line(text, total, due=time.monotonic() + LINE_SECONDS)

    def show(self, key: str, done: int, note: str) -> None:
        """Print a line, unless one was printed a few seconds ago."""
        line = self._lines[key]
        line.done, line.note = done, note
        if time.monotonic() >= line.due:
            self._print(line)

    def mover(self, key: str) -> Callable[[int], object]:
        """A function that advances a line."""
        line = self._lines[key]
        return lambda count: self.show(key, line.done + count, line.note)

    def end(self) -> None:
        """Print where each line ended, unless it was printed."""
        for line in self._lines.values():
            if line.printed != (line.done, line.note):
                self._print(line)

    def _print(self, line: _Line) -> None:
        line.printed, line.due = (line.done, line.note), time.monotonic() + LINE_SECONDS
        err.print(f"{line.text} {line.done}/{line.total} {line.note}".rstrip(), soft_wrap=True, markup=False)


@contextmanager
def bars() -> Iterator[Bars]:
    """Progress on standard error until the block ends: bars in a terminal, else a line every ten seconds."""
    if not err.is_terminal:
        lines = PrintedLines()
        try:
            yield lines
        finally:
            lines.end()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=err, expand=True) as progress:
        yield MovingBars(progress)


def standing(job: JobAnswer) -> str:
    """A job's progress in a few words."""
    if job.state == QUEUED:
        place = job.queue or QueuePlace()
        ahead = f"queued, {'about ' if place.about else ''}{place.ahead} ahead" if place.ahead else "queued"
        return f"{ahead}{place.why and f'; {place.why}'}"
    if job.state == RUNNING:
        eta = job.progress.eta_seconds
        return "running" if eta is None else f"{duration(eta)} to go"
    if job.state == SUCCEEDED and job.outcome:
        return job.outcome.reason
    return job.state


class Remark(NamedTuple):
    """A sentence of the evidence; a verdict and a confound have a word in front."""

    word: str  # "good", "careful", "do not trust", "confounded"; empty: none
    text: str


def remarks(evidence: Mapping[str, Any] | None) -> Iterator[Remark]:
    """The sentences of the evidence: the word with its reason first; empty if nothing was measured."""
    known = Evidence.of(evidence) or NO_EVIDENCE
    if known.trust:
        yield Remark(known.trust.word, known.trust.reason)
    confounds = [confound.sentence for confound in known.confounds or ()]
    yield from (Remark("confounded", sentence) for sentence in confounds)
    if nature := share.sentence(known.share_of_nature):
        yield Remark("", nature)
    yield from (Remark("", each) for each in known.verdict or () if each not in confounds)


def judged(evidence: Mapping[str, Any] | None) -> Iterator[str]:
    """The sentences of the evidence, line by line, for the terminal."""
    for word, text in remarks(evidence):
        if word in WORDS:
            yield f"[bold {WORDS[word]}]{word}[/]: {escape(text)}"
        elif word:
            yield f"[yellow]{word}[/]: {escape(text)}"
        else:
            yield f"  [dim]·[/] {escape(text)}"


def duration(seconds: float) -> str:
    """Seconds in words: 8 s, 3 min, 2 h."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
