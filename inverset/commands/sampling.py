"""``inverset sample``: samples on a server, or in this process."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from inverset import bands, folders
from inverset.arguments import AND, triple
from inverset.client import LOCAL
from inverset.commands.following import fetch, follow, report
from inverset.commands.options import AtOnce, Out, Server, client
from inverset.contract.answers import JobAnswer
from inverset.screen import say

Ends = "The lower end: a number, a quantile such as q.90, or standard deviations such as 2sd."
Others = Annotated[
    list[str] | None,
    typer.Option(AND, metavar="NEURON LOW HIGH", help="Another neuron at the same time; can be repeated."),
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option", metavar="NAME=VALUE", help="An option of the method; `inverset models show` lists them."
    ),
]

Method = Annotated[
    str | None,
    typer.Option(
        "--method",
        metavar="M",
        help="The method; by default, the first that `inverset models show` lists.",
        show_default=False,
    ),
]


def sample(
    *,
    model: Annotated[str, typer.Argument(help="The model, as `inverset models` lists it.")],
    neuron: Annotated[str, typer.Argument(help="The neuron as layer:unit, for instance fc8:volcano.")],
    low: Annotated[str | None, typer.Argument(help=Ends)] = None,
    high: Annotated[str | None, typer.Argument(help="The upper end, in the same form.")] = None,
    n: Annotated[int, typer.Option("-n", help="How many images.")] = 100,
    k: AtOnce = None,
    others: Others = None,
    method: Method = None,
    options: Options = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same images.")] = 0,
    out: Out = None,
    local: Annotated[bool, typer.Option("--local", help="Sample in this process, without a server.")] = False,
    server: Server = LOCAL,
) -> None:
    """Make images that drive a neuron into a band; with --and, several neurons at once.

    Leave out LOW and HIGH for methods that maximise, such as activation-maximization.
    """
    neurons = [(neuron, low, high), *map(triple_of, others or ())]
    spec = {
        "model": model,
        "neurons": [asked(*each) for each in neurons],
        "n": n,
        "k": k,
        "seed": seed,
        "method": method,
        "options": dict(map(option, options or ())),
    }
    if local:
        from inverset.commands import at_home

        at_home.sample(spec, out or Path("gallery"))
    else:
        _ask(server, spec, out)


def _ask(server: str, spec: dict[str, Any], folder: Path | None) -> None:
    if folder is not None:
        folders.check_free(folder)  # before the work, not after it
    with client(server) as service:
        job = JobAnswer.of(service.submit(spec))
        say(f"[bold]{job.id}[/]  {job.kind}: {job.asked}")
        ended = follow(service, job)
        report(service, ended)
        if folder is not None:
            fetch(service, job.id, folder)
        elif ended.progress.accepted:
            say(f"get the gallery with: inverset download {job.id}")


def asked(neuron: str, low: str | None, high: str | None) -> bands.NeuronJson:
    """A neuron and its band, if any, as the JSON of a job. Raises typer.BadParameter if that is not a band."""
    if low is None:
        return {"neuron": neuron}
    if high is None:
        raise typer.BadParameter("give both ends", param_hint="LOW HIGH")
    try:
        return bands.asked(neuron, low, high)
    except bands.BadBand as error:
        raise typer.BadParameter(str(error), param_hint="LOW HIGH") from None


def triple_of(text: str) -> tuple[str, str, str]:
    """The three values of one ``--and``. Raises typer.BadParameter if there are not three."""
    try:
        return triple(text)
    except ValueError:
        raise typer.BadParameter("it takes NEURON LOW HIGH", param_hint=AND) from None


def option(text: str) -> tuple[str, Any]:
    """An option such as ``literal=true`` as JSON; a value that is not JSON is a text."""
    name, given, value = text.partition("=")
    if not given:
        raise typer.BadParameter(f"{text!r} should look like NAME=VALUE", param_hint="--option")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
