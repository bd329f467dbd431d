"""``inverset models`` alone."""

import typer

from inverset import tables
from inverset.client import LOCAL
from inverset.commands.options import Server, client
from inverset.contract.answers import BrokenModel, ModelAnswer
from inverset.screen import complain, out, say


def models(context: typer.Context, server: Server = LOCAL) -> None:
    """List the models of a server, with their layers and methods; or see to models of one's own."""
    if context.invoked_subcommand is not None:
        return
    with client(server) as service:
        offered = list(map(ModelAnswer.of, service.models()))
        broken = list(map(BrokenModel.of, service.broken_models()))
    if not offered:
        say("no models yet: the worker is still starting, or none runs")
    out.print(tables.models(offered))
    for each in broken:
        complain(f"{each.model} is not offered: {each.why}")
