"""``inverset sweep``: one neuron over many bands, or many neurons."""

from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any

import typer

from inverset import folders, screen
from inverset.client import LOCAL, Client
from inverset.commands.options import AtOnce, Out, Server, client
from inverset.commands.sampling import Method, Options, Others, asked, option, triple_of
from inverset.contract.answers import SUCCEEDED, SweepAnswer
from inverset.screen import complain, out, say

What = Annotated[
    list[str],
    typer.Argument(
        metavar="NEURON... LOW HIGH...",
        help="A neuron and its bands, such as fc8:volcano 1 2 2 3 3 4; or many neurons and one band.",
    ),
]


def sweep(
    *,
    model: Annotated[str, typer.Argument(help="The model, as `inverset models` lists it.")],
    what: What,
    n: Annotated[int, typer.Option("-n", help="How many images of each.")] = 100,
    k: AtOnce = None,
    others: Others = None,
    method: Method = None,
    options: Options = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same images.")] = 0,
    to: Out = None,
    server: Server = LOCAL,
) -> None:
    """Make galleries of one neuron over many bands, or of many neurons in one band."""
    neurons, vary = _varied(what)
    spec = {
        "model": model,
        "neurons": [*neurons, *(asked(*triple_of(each)) for each in others or ())],
        "vary": vary,
        "n": n,
        "k": k,
        "seed": seed,
        "method": method,
        "options": dict(map(option, options or ())),
    }
    if to is not None:
        folders.check_free(to)  # before the work, not after it
    with client(server) as service:
        _ask(service, spec, to)


def _varied(what: list[str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The open neuron, and the values to fill in."""
    names = list(takewhile(lambda text: ":" in text, what))
    ends = what[len(names) :]
    if not names or not ends or len(ends) % 2 or (len(names) > 1 and len(ends) > 2):
        raise typer.BadParameter(
            "give one neuron with LOW HIGH for each band, or many neurons with one LOW HIGH",
            param_hint="NEURON... LOW HIGH...",
        )
    ranges = [asked(names[0], *pair)["range"] for pair in zip(ends[::2], ends[1::2], strict=True)]
    if len(names) > 1:
        return [{"range": ranges[0]}], {"neuron": names}
    return [{"neuron": names[0]}], {"range": ranges}


def _ask(service: Client, spec: dict[str, Any], folder: Path | None) -> None:
    made = SweepAnswer.of(service.submit_sweep(spec))
    say(f"[bold]{made.id}[/]  {len(made.jobs)} jobs")
    ended = follow(service, made)
    if folder is not None:
        service.download_sweep(made.id, folder)
        out.print(str(folder / "index.html"), markup=False, soft_wrap=True)
    else:
        say(f"get the gallery with: inverset download {made.id}")
    report(ended)


def follow(service: Client, sweep: SweepAnswer) -> SweepAnswer:
    """The sweep once all jobs have ended; shows a bar for each until then. Ctrl-C leaves them running."""
    try:
        with screen.bars() as bars:
            bars.add_sweep(sweep)
            bars.show_sweep(sweep)
            ended = service.wait_sweep(
                sweep.id, on_progress=lambda answer: bars.show_sweep(SweepAnswer.of(answer))
            )
            return SweepAnswer.of(ended)
    except KeyboardInterrupt:
        say(f"the jobs go on without you; get what they find with: inverset download {sweep.id}")
        raise


def report(sweep: SweepAnswer) -> None:
    """Print what went wrong.

    Raises:
        typer.Exit: with 1, where a job failed or was canceled.
    """
    for job in sweep.jobs:
        if job.complaint:
            complain(job.complaint)
    if sweep.state != SUCCEEDED:
        raise typer.Exit(1)
