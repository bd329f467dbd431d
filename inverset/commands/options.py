"""Options that several commands share."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from inverset.client import Client

Device = Annotated[
    str | None,
    typer.Option("--device", metavar="D", help="cpu, cuda:0 ...; by default, a GPU if there is one."),
]
Server = Annotated[
    str, typer.Option("--server", metavar="URL", envvar="INVERSET_URL", help="The server to use.")
]
Job = Annotated[str, typer.Argument(metavar="ID", help="The job, as `inverset jobs` lists it.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write the gallery into this folder.", file_okay=False),
]


def _at_once(text: str) -> int | str:
    """The number in a text; other texts stay, for the service to check."""
    return int(text) if text.isdecimal() else text


AtOnce = Annotated[
    Any,
    typer.Option(
        "-k",
        metavar="K",
        parser=_at_once,
        help="Images computed at once, or `auto`: as many as the device computes fastest; by default, the method's own value.",
        show_default=False,
    ),
]


def client(server: str) -> Client:
    """A client of the server, with the key in INVERSET_KEY if there is one.

    Raises:
        typer.BadParameter: the address is none.
    """
    try:
        return Client(server, os.environ.get("INVERSET_KEY"))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--server") from None
