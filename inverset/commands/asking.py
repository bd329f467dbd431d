"""``inverset neurons``: the neurons of a model."""

from typing import Annotated

import typer

from inverset import tables
from inverset.client import LOCAL
from inverset.commands.options import Server, client
from inverset.contract.answers import NeuronAnswer
from inverset.screen import out


def neurons(
    model: Annotated[str, typer.Argument(help="The model, as `inverset models` lists it.")],
    layer: Annotated[str | None, typer.Argument(help="Only neurons of this layer.")] = None,
    server: Server = LOCAL,
) -> None:
    """List a model's neurons, with the quantiles of their activations on natural images."""
    with client(server) as service:
        rows = list(map(NeuronAnswer.of, service.neurons(model, layer)))
    out.print(tables.neurons(rows))
