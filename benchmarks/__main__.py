"""``python -m benchmarks``: see ``--help``."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from benchmarks import costs, growth, machine, pairs, share, speed
from benchmarks import polling as service
from benchmarks import prior as of_codes
from benchmarks import volcano as figure
from benchmarks.confounds.command import confounds
from benchmarks.inversion import inversion
from benchmarks.levels import levels
from benchmarks.planted.command import planted
from benchmarks.real_size.command import real_size
from benchmarks.table.command import ablation, table
from benchmarks.trust.command import trust
from inverset.sampler import methods, zoo

app = typer.Typer(
    no_args_is_help=False, help="Measurements behind the claims, each in one run on this machine."
)
OUT = Path("docs/benchmarks")
Folder = Annotated[Path, typer.Option(help="Where results are written.")]


@app.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """Without a command: the table."""
    if context.invoked_subcommand is None:
        table()


@app.command()
def volcano(n: int = 48, out: Folder = OUT) -> None:
    """The volcano neuron from low to high: do lava and smoke rise, as they do in nature?"""
    results = [*track(figure.levels(zoo.load("scenes"), n), "bands", 6, console=Console(stderr=True))]
    out.mkdir(parents=True, exist_ok=True)
    (out / "volcano.md").write_text(figure.table(results) + "\n", encoding="utf-8")
    figure.picture(results).save(out / "volcano.png")
    typer.echo(figure.table(results))


@app.command("pairs")
def counterfactual_pairs(n: int = 60, out: Folder = OUT) -> None:
    """What must change in an image to bring the volcano neuron high: counterfactuals beside their starts."""
    result = pairs.pairs(zoo.load("scenes"), n)
    out.mkdir(parents=True, exist_ok=True)
    (out / "pairs.md").write_text(pairs.table(result) + "\n", encoding="utf-8")
    pairs.picture(result).save(out / "pairs.png")
    typer.echo(pairs.table(result))


@app.command()
def overhead() -> None:
    """Wall time of a step over that of the networks alone."""
    result = costs.overhead()
    typer.echo(f"{result.sampler:.1f} ms a step, {result.bare:.1f} ms bare: {result.ratio:.3f} times")


@app.command("sampler")
def cost_of_each(
    n: int = 40,
    chosen: Annotated[str, typer.Option("--methods", help="Separated by commas.")] = ",".join(
        methods.names()
    ),
    budget: Annotated[int, typer.Option(help="Gradient evaluations a sample, at most.")] = 100,
    out: Folder = OUT,
) -> None:
    """Every method: evaluations and time to n samples in band, and the share of it that is not the networks."""
    names = chosen.split(",")
    results = [*track(speed.costs(names, n, budget), "methods", len(names), console=Console(stderr=True))]
    text = f"{speed.table(results)}\n\n*n = {n}, {costs.question().neurons[0]}; {machine.described()}*"
    out.mkdir(parents=True, exist_ok=True)
    (out / "sampler.md").write_text(text + "\n", encoding="utf-8")
    typer.echo(text)


@app.command()
def memory(few: int = 1000, many: int = 20_000) -> None:
    """How much more memory many samples take than few."""
    small, large = costs.peak_mebibytes(few), costs.peak_mebibytes(many)
    typer.echo(f"n = {few}: {small:.0f} MiB; n = {many}: {large:.0f} MiB; {large - small:.0f} MiB more")


@app.command()
def polling(seconds: float = 20) -> None:
    """How quick the API answers while the worker computes."""
    result = service.polling(seconds)
    typer.echo(f"GET of a job: {result.median:.1f} ms median, 95 % under {result.slowest_5_percent:.1f} ms")
    first, alone = result.first_sample, result.local_first_sample
    typer.echo(
        f"POST to first sample, worker warm: {first:.2f} s; the sampler alone: {alone:.2f} s; {first - alone:.2f} s more"
    )


@app.command("share")
def share_of_nature(
    n: Annotated[int, typer.Option(help="Samples of each band.")] = 100,
    seeds: Annotated[int, typer.Option(help="Runs of each band.")] = 1,
    draws: Annotated[int, typer.Option(help="Of the prior, for plain rejection.")] = share.DRAWS,
    kept: Annotated[Path, typer.Option(help="Where draws are kept.")] = Path("build/share"),
    out: Folder = OUT,
) -> None:
    """The share of natural images in ten bands: the estimate of `conditional` against plain rejection by the same prior."""
    result = share.compared(zoo.load("scenes"), n, seeds, kept, draws)
    out.mkdir(parents=True, exist_ok=True)
    share.write(result, out / "share.csv")
    text = f"{share.table(result)}\n\n{draws:,} draws; n = {n}."
    page = out / "share.md"
    machine.record("share", text, page, share.TITLE)
    typer.echo(text)


@app.command("prior")
def priors_of_few_and_many(
    sizes: Annotated[str, typer.Option(help="Reference codes, separated by commas.")] = ",".join(
        map(str, of_codes.SIZES)
    ),
    steps: Annotated[int, typer.Option(help="Of each flow.")] = of_codes.STEPS,
    count: Annotated[int, typer.Option(help="Held-out images, and draws of each prior.")] = of_codes.COUNT,
    out: Folder = OUT,
) -> None:
    """Flow, mixture and Gaussian fitted on few and many reference codes of `scenes`: natural, or copies?"""
    chosen = [int(size) for size in sizes.split(",")]
    answer = track(
        of_codes.rows(zoo.load("scenes"), chosen, steps, count),
        "priors",
        2 + 3 * len(chosen),
        console=Console(stderr=True),
    )
    results = [*answer]
    out.mkdir(parents=True, exist_ok=True)
    of_codes.write(results, out / "prior.csv")
    (out / "prior.md").write_text(of_codes.page(results, machine.described()), encoding="utf-8")
    typer.echo(of_codes.table(results))


_COMMANDS: tuple[Callable[..., None], ...] = (
    *growth.COMMANDS,
    planted,
    confounds,
    trust,
    inversion,
    levels,
    real_size,
    table,
    ablation,
)
for command in _COMMANDS:
    app.command()(command)


if __name__ == "__main__":
    app()
