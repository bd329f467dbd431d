"""``python -m benchmarks planted``: train or load, plant, prove, sample, guess, write."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from torch import Tensor

from benchmarks import machine
from benchmarks.planted import ground, report, rows
from benchmarks.planted.model import Planted, load
from benchmarks.planted.planting import Proof, proofs
from benchmarks.planted.shortcuts import SHORTCUTS
from benchmarks.planted.trials import HIGHEST, Joined, Trial, joined, trials
from sampler import methods

_SAID = Console(stderr=True)
OURS = "calibrated"  # the method whose samples are shown, and that joins pairs


def planted(
    seeds: Annotated[int, typer.Option(help="Plantings: assignments of eight shortcuts to classes.")] = 3,
    chosen: Annotated[str, typer.Option("--methods", help="Separated by commas.")] = ",".join(
        [*methods.names(), HIGHEST]
    ),
    kept: Annotated[Path, typer.Option(help="Where trained networks are kept.")] = Path("build/planted"),
    out: Annotated[Path, typer.Option(help="Where results are written.")] = Path("docs/benchmarks"),
) -> None:
    """Shortcuts planted in networks: do the samples of a pulled class show its shortcut?

    Rows of methods that are not named stay as they were written before.
    """
    if not (kept / "networks.safetensors").exists():
        for _ in track(ground.train(kept), "teaching shortcuts", sum(ground.SPELLS), console=_SAID):
            pass
    networks = [load(kept, seed) for seed in range(seeds)]
    proved = {each.planting.seed: proofs(each.bundle.network, each.known, each.planting) for each in networks}
    typer.echo(report.probes_table(networks[0].known))
    typer.echo(report.proofs_table(proved))
    out.mkdir(parents=True, exist_ok=True)
    found, images = _sampled(networks, chosen.split(","), out / "planted.csv")
    if OURS in chosen.split(","):
        gates = [row for each in networks for row in joined(each, OURS)]
        rows.write_joined(gates, out / "planted-pairs.csv")
        report.picture(_first_of_each(found, images)).save(out / "planted.png")
    _write(_page(networks[0], proved, found, rows.read_joined(out / "planted-pairs.csv")), out / "planted.md")


def _write(found: str, page: Path) -> None:
    """Into its place on the page, whose words are ours; a new page has none."""
    if not page.exists():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("# Planted truth\n\n<!-- planted -->\n<!-- end -->\n", encoding="utf-8")
    machine.record("planted", found, page)


def _sampled(
    networks: Sequence[Planted], chosen: Sequence[str], path: Path
) -> tuple[list[Trial], dict[tuple[int, str], Tensor]]:
    """All trials, those of methods that were not chosen as they stand in the file; and the samples to be shown."""
    found = [row for row in rows.read_trials(path) if row.method not in chosen]
    shown: dict[tuple[int, str], Tensor] = {}
    work = [(method, network) for method in chosen for network in networks]
    for method, network in track(work, "methods by planting", console=_SAID):
        for row in trials(network, method, shown if method == OURS else {}):
            found.append(row)
            rows.write_trials(found, path)
    return rows.read_trials(path), shown


def _first_of_each(
    found: Sequence[Trial], images: dict[tuple[int, str], Tensor]
) -> dict[str, tuple[str, Tensor]]:
    """Shortcut -> the class that it pulls in the first planting, and its samples."""
    named = {row.shortcut: row.cls for row in found if row.seed == 0}
    return {shortcut: (named[shortcut], images[0, named[shortcut]]) for shortcut in SHORTCUTS}


def _page(
    network: Planted, proved: dict[int, list[Proof]], found: Sequence[Trial], gates: Sequence[Joined]
) -> str:
    parts = {
        "Guesses by method, and by how many images were shown; chance is .125": report.methods_table(found),
        "Told from ten images, by shortcut": report.shortcuts_table(found),
        "AND and OR of two planted classes": report.joined_table(gates) if gates else "",
        "The witness on held-out images": report.probes_table(network.known),
        "Is the network pulled?": report.proofs_table(proved),
    }
    return "\n\n".join(f"**{title}**\n\n{table}" for title, table in parts.items() if table)
