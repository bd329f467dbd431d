"""``python -m benchmarks planted``: train or load, plant, prove, sample, guess, write."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from torch import Tensor

from benchmarks import machine
from benchmarks.planted import ground, report
from benchmarks.planted.model import Planted, load
from benchmarks.planted.planting import Proof, proofs
from benchmarks.planted.trials import Joined, Trial, joined, trials
from sampler import methods

_SAID = Console(stderr=True)


def planted(
    seeds: Annotated[int, typer.Option(help="Plantings: assignments of eight shortcuts to classes.")] = 3,
    chosen: Annotated[str, typer.Option("--methods", help="Separated by commas.")] = ",".join(methods.names()),
    pairs: Annotated[bool, typer.Option(help="Also AND and OR neurons, by the first method.")] = True,
    kept: Annotated[Path, typer.Option(help="Where trained networks are kept.")] = Path("build/planted"),
    out: Annotated[Path, typer.Option(help="Where results are written.")] = Path("docs/benchmarks"),
) -> None:
    """Shortcuts planted in networks: do the samples of a pulled class show its shortcut?"""
    if not (kept / "networks.safetensors").exists():
        for _ in track(ground.train(kept), "teaching shortcuts", ground.STEPS, console=_SAID):
            pass
    networks = [load(kept, seed) for seed in range(seeds)]
    proved = {each.planting.seed: proofs(each.bundle.network, each.known, each.planting) for each in networks}
    typer.echo(report.probes_table(networks[0].known))
    typer.echo(report.proofs_table(proved))
    found, images = _sampled(networks, chosen.split(","), out)
    gates = [row for each in networks for row in joined(each, chosen.split(",")[0])] if pairs else []
    page = _page(networks[0], proved, found, gates)
    machine.record("planted", page, out / "planted.md")
    report.picture(_first_of_each(found, images)).save(out / "planted.png")
    typer.echo(page)


def _sampled(
    networks: Sequence[Planted], chosen: Sequence[str], out: Path
) -> tuple[list[Trial], dict[tuple[int, str], Tensor]]:
    """All trials, and the first method's samples."""
    found: list[Trial] = []
    kept: dict[tuple[int, str], Tensor] = {}
    work = [(method, network) for method in chosen for network in networks]
    for method, network in track(work, "methods by planting", console=_SAID):
        images = kept if method == chosen[0] else {}
        for row in trials(network, method, images):
            found.append(row)
            report.write_rows(found, out / "planted.csv")
    return found, kept


def _first_of_each(
    found: Sequence[Trial], images: dict[tuple[int, str], Tensor]
) -> dict[str, tuple[str, Tensor]]:
    """Shortcut -> the class that it pulls in the first planting, and its samples."""
    return {
        row.shortcut: (row.cls, images[row.seed, row.cls])
        for row in found
        if (row.method, row.seed) == (found[0].method, found[0].seed)
    }


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
