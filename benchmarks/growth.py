"""Load and growth, as commands: each prints what it found, and writes it into docs/performance.md where told so."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import typer

from benchmarks import claims as queue
from benchmarks import evidence as measurements
from benchmarks import export as galleries
from benchmarks import far as away
from benchmarks import listing as slices
from benchmarks import load as asked
from benchmarks import machine, servers
from benchmarks import neurons as measured
from benchmarks import pages as browsed
from benchmarks import throughput as side_by_side
from inverset import Client
from tests.end_to_end import stack as whole

KINDS = ("PostgreSQL", "SQLite")
Write = Annotated[bool, typer.Option("--write", help="Also into docs/performance.md.")]


def load(
    *,
    seconds: float = 30,
    rate: float = asked.RATE,
    stack: Annotated[bool, typer.Option(help="Also with PostgreSQL, S3 and keys.")] = True,
    write: Write = False,
) -> None:
    """Many ask for the status of running jobs while a worker samples on the same cores."""
    with servers.embedded() as client:
        results = [("embedded: SQLite, a folder", asked.load(client, None, seconds, rate))]
    if stack:
        with whole.running(workers=1) as service:
            key = service.key("ann")
            with Client(service.url, key) as client:
                results.append(("stack: PostgreSQL, S3, keys", asked.load(client, key, seconds, rate)))
    messages = [
        [name, f"{each.times.median:.1f} ms", f"{each.times.slowest_5_percent:.1f} ms", f"{each.times.longest:.0f} ms",
         f"{each.undisturbed:.1f}", f"{each.sampled:.1f}"]
        for name, each in results
    ]  # fmt: skip
    head = [
        f"{rate:g} polls a second",
        "median",
        "95 % under",
        "longest",
        "samples/s without",
        "samples/s with",
    ]
    _tell("load", head, messages, write)


def claims(few: int = 100, many: int = 100_000, rounds: int = 200, write: Write = False) -> None:
    """What a long queue of 50 users costs: a claim, the look at the line, a job's status."""
    answer, notes = [], []
    for kind in KINDS:
        costs, scans = queue.measure(kind, (few, many), rounds)
        answer += [
            [kind, cost.what, *(f"{cost.times[n].median:.1f} ms ({cost.times[n].slowest_5_percent:.1f})" for n in (few, many)),
             f"{cost.ratio:.2f}"]
            for cost in costs
        ]  # fmt: skip
        if scans:
            notes.append(
                f"A claim looks {scans.by_line:.1f} times into `ix_jobs_line` and reads the whole table {scans.whole:.2f} times."
            )
    head = ["", "median (95 % under)", f"{few:,} jobs", f"{many:,} jobs", "times"]
    _tell("claims", head, answer, write, notes)


def listing(few: int = 1000, many: int = 1_000_000, write: Write = False) -> None:
    """Pages of 100 samples of a large job over HTTP."""
    messages = [
        [kind, each.order, f"{each.samples:,}", *(f"{ms:.1f} ms" for ms in each.median)]
        for kind in KINDS
        for each in slices.measure(kind, few, many)
    ]
    _tell("listing", ["", "order", "samples", *(f"{place} page" for place in slices.PLACES)], messages, write)


def export(few: int = 1000, many: int = 20_000, write: Write = False) -> None:
    """gallery.zip of a large job: first byte, and memory of the API."""
    messages = []
    with servers.stores() as stores:
        for kind, store in (("SQLite", "folder"), ("PostgreSQL", "S3")):
            messages += [
                [f"{kind}, {store}", f"{each.samples:,}", f"{each.first_byte:.0f} ms", f"{each.seconds:.1f} s",
                 f"{each.mebibytes:.0f} MiB", f"{each.grown:.0f} MiB"]
                for each in galleries.measure(kind, stores[store], few, many)
            ]  # fmt: skip
    _tell("export", ["", "images", "first byte", "all", "zip", "API grew by"], messages, write)


def throughput(n: int = 2000, rounds: int = 2, write: Write = False) -> None:
    """A job over HTTP, Celery, PostgreSQL and S3 beside `inverset sample --local`, in turns."""
    messages = []
    for pair in side_by_side.pairs(n, rounds):
        rates = (pair.n / seconds for seconds in (pair.service, pair.local, pair.local_sampling))
        messages.append([*(f"{rate:.2f}" for rate in rates), f"{pair.ratio:.3f}"])
        typer.echo(messages[-1], err=True)
    head = [
        "service, samples/s",
        "`--local`, samples/s",
        "`--local`, sampling alone",
        "service over `--local`",
    ]
    _tell("throughput", head, messages, write)


def far(n: int = 2000, milliseconds: float = 50, rounds: int = 2, write: Write = False) -> None:
    """A job, and the zip of its gallery, with a store of files that is so far away; beside `inverset sample --local`."""
    messages = []
    for each in away.measure(n, milliseconds / 1000, rounds):
        rates = (each.n / seconds for seconds in (each.service, each.local))
        zips = (f"{one.rate:.1f} MB/s ({one.first_byte:.0f} ms)" for one in (each.near, each.away))
        messages.append(
            [*(f"{rate:.2f}" for rate in rates), f"{each.ratio:.3f}", f"{each.n / each.saving:.1f}", *zips]
        )
        typer.echo(messages[-1], err=True)
    far_away = f"{milliseconds:g} ms away"
    head = [
        f"service, {far_away}, samples/s",
        "`--local`, samples/s",
        "service over `--local`",
        "saves alone, samples/s",
        "zip (first byte)",
        f"zip, {far_away}",
    ]
    _tell("far", head, messages, write)


def pages(n: int = 20_000, write: Write = False) -> None:
    """The gallery of a large job in a real browser: scrolled through, sorted, filtered."""
    messages = [
        [each.what, f"{each.page_kilobytes:.0f} kB", f"{each.first_paint:.0f} ms", f"{each.ready:.1f} s",
         f"{each.longest:.0f} ms ({each.over})", f"{each.longest_busy:.0f} ms ({each.over_busy})", str(each.cells),
         f"{each.heap:.0f} MiB", f"{each.process:.0f} MiB"]
        for each in browsed.measure(n)
    ]  # fmt: skip
    head = ["gallery", "without pictures", "first paint", "all there", "longest task", "on the processor", "cells",
            "JavaScript", "process"]  # fmt: skip
    note = "In brackets, how many took over 200 ms. The clock includes waiting for the processor, which others use too."
    _tell("pages", head, messages, write, [note])


def neurons(count: int = 20_000, rounds: int = 30, write: Write = False) -> None:
    """Pages and suggestions of a model with many measured neurons, beside the queue's page in the same run."""
    messages = [
        [kind, each.what, f"{each.first:.0f} ms", f"{each.times.median:.1f} ms ({each.times.slowest_5_percent:.1f})",
         f"{each.ratio:.1f}"]
        for kind in KINDS
        for each in measured.measure(kind, count, rounds)
    ]  # fmt: skip
    _tell(
        "neurons",
        ["", f"{count:,} measured neurons", "first request", "median (95 % under)", "over the queue's"],
        messages,
        write,
    )


def evidence(few: int = 1000, many: int = 20_000, write: Write = False) -> None:
    """What is measured of few and of many samples: processor time on one thread, and memory."""
    costs = [measurements.measure(n) for n in (few, many)]
    parts = list(costs[0].seconds)
    messages = [
        [f"{each.n:,}", *(f"{each.seconds[part]:.1f} s" for part in parts), f"{sum(each.seconds.values()):.1f} s",
         f"{each.peak:.0f} MiB", f"{each.images:.0f} MiB"]
        for each in costs
    ]  # fmt: skip
    _tell("evidence", ["samples", *parts, "all", "process", "of which images"], messages, write)


COMMANDS: Sequence[Callable[..., None]] = (
    load,
    claims,
    listing,
    export,
    throughput,
    far,
    pages,
    neurons,
    evidence,
)


def _tell(
    name: str, head: Sequence[str], rows: Iterable[Sequence[str]], write: bool, notes: Sequence[str] = ()
) -> None:
    lines = [head, ["---"] * len(head), *rows]
    result = "\n".join([*(f"| {' | '.join(line)} |" for line in lines), *(f"\n{note}" for note in notes)])
    typer.echo(result)
    typer.echo(machine.described())
    if write:
        machine.record(name, result)
