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
from benchmarks.planted.joining import Joined, joined, paintable
from benchmarks.planted.model import Parts, Planted, load, load_parts
from benchmarks.planted.planting import Proof, proofs
from benchmarks.planted.shortcuts import SHORTCUTS
from benchmarks.planted.trials import HIGHEST, NEAR, VARIANTS, Trial, trials
from inverset.sampler import methods

_SAID = Console(stderr=True)
OURS = {  # shown, and asked about pairs
    "calibrated": "planted.png",
    NEAR: "planted-near.png",
    "conditional": "planted-conditional.png",
    "counterfactual": "planted-counterfactual.png",
}


def planted(
    seeds: Annotated[int, typer.Option(help="Plantings: assignments of eight shortcuts to classes.")] = 3,
    chosen: Annotated[str, typer.Option("--methods", help="Separated by commas.")] = ",".join(
        [*methods.names(), *VARIANTS, HIGHEST]
    ),
    joining: Annotated[str, typer.Option("--pairs", help="Methods asked about AND and OR.")] = ",".join(OURS),
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
    result = _sampled(networks, _named(chosen), out)
    parts = [load_parts(kept, seed) for seed in range(seeds)]
    gates = _joined(parts, _named(joining), out / "planted-pairs.csv")
    machine.record("planted", _page(networks[0], proved, result, gates), out / "planted.md", "Planted truth")


def _named(methods: str) -> list[str]:
    """Names parted by commas; of nothing, none: then the page is written anew from the files."""
    return [name for name in methods.split(",") if name]


def _sampled(networks: Sequence[Planted], chosen: Sequence[str], out: Path) -> list[Trial]:
    """All trials, those of methods that were not chosen as they stand in the file; and a picture of ours."""
    path = out / "planted.csv"
    results = [row for row in rows.read_trials(path) if row.method not in chosen]
    for method in chosen:
        images: dict[tuple[int, str], Tensor] = {}
        for network in track(networks, method, console=_SAID):
            for row in trials(network, method, images):
                results.append(row)
                rows.write_trials(results, path)
        if method in OURS:
            report.picture(_first_of_each(results, images)).save(out / OURS[method])
    return rows.read_trials(path)


def _joined(networks: Sequence[Parts], chosen: Sequence[str], path: Path) -> list[Joined]:
    results = [row for row in rows.read_joined(path) if row.method not in chosen]
    request = [(network, paintable(network)) for network in networks if chosen]
    for method in chosen:
        for network, pairs in track(request, f"pairs, {method}", console=_SAID):
            results += joined(network, pairs, method)
            rows.write_joined(results, path)
    return results


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
        "AND and OR of two shortcuts": report.joined_table(gates) if gates else "",
        "The witness on held-out images": report.probes_table(network.known),
        "Is the network pulled?": report.proofs_table(proved),
    }
    return "\n\n".join(f"**{title}**\n\n{table}" for title, table in parts.items() if table)
