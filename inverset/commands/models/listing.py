"""``inverset models`` alone, and ``inverset models show``."""

from typing import Annotated

import typer

from inverset import tables
from inverset.client import LOCAL
from inverset.commands.options import Server, client
from inverset.contract.answers import BrokenModel, ModelAnswer
from inverset.screen import complain, out, say


def models(context: typer.Context, server: Server = LOCAL) -> None:
    """List the models of a server, or manage your own models."""
    if context.invoked_subcommand is not None:
        return
    with client(server) as service:
        offered = list(map(ModelAnswer.of, service.models()))
        broken = list(map(BrokenModel.of, service.broken_models()))
    if offered:
        out.print(tables.models(offered))
        say("layers and methods of one of them: inverset models show NAME")
    else:
        say("no models yet: the worker is still starting, or no worker is running")
    for each in broken:
        complain(f"{each.model} is not offered: {each.why}")


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model, as `inverset models` lists it.")],
    server: Server = LOCAL,
) -> None:
    """Show a model of a server: its layers and methods."""
    with client(server) as service:
        out.print(tables.model(ModelAnswer.of(service.model(name))))
