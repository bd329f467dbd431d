"""The embedded server: ``inverset up`` and ``inverset demo``."""

import logging
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from inverset.client import LOCAL
from inverset.commands.models.options import Photographs
from inverset.errors import UserError
from inverset.screen import complain, err, say

if TYPE_CHECKING:
    from inverset.config.settings import Settings

HOST, PORT = "127.0.0.1", 8765
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", file_okay=False, help="The folder for all data.")
]
Host = Annotated[
    str, typer.Option("--host", metavar="H", envvar="INVERSET_HOST", help="The address to listen on.")
]
Port = Annotated[
    int,
    typer.Option(
        "--port", metavar="P", envvar="INVERSET_PORT", min=0, max=65535, help="The port; 0: any free one."
    ),
]


def up(data: Data = None, host: Host = HOST, port: Port = PORT) -> None:
    """Run the server on this machine: API, worker, SQLite and a data folder. Ctrl-C stops it."""
    from inverset import local
    from inverset.config import logs
    from inverset.settings import from_environment

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    settings = from_environment(data)
    # A line for each request is for a log, which INVERSET_LOG asks for, not for a screen.
    logs.set_up(settings, logging.INFO if "log" in settings.model_fields_set else logging.WARNING)
    with local.embedded(settings, host, port, complain) as running:
        with err.status("starting"):
            ready = running.ready(goes_on=lambda: not stop.is_set())
        if not stop.is_set():
            err.print(_panel(running.url, settings))
        if not (ready or stop.is_set()):
            say(f"the worker is not ready yet; its log: {local.log_of(settings)}")
        while not stop.wait(1):
            if not running.alive():
                raise UserError("the server stopped unexpectedly; see its messages above")
        say("stopping; the current work is being saved")


def first_key(settings: "Settings") -> str:
    """How to sign in where a key is needed; empty: no key is needed."""
    if "auth" not in settings.model_fields_set or settings.auth == "off":
        return ""
    # Where the database is named by the environment, these commands find it as the server did.
    where = "" if settings.database_url else f"export INVERSET_DATA_DIR={settings.data_dir.absolute()}; "
    return f"{where}inverset users add ada --admin; export INVERSET_KEY=$(inverset keys create ada)"


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", file_okay=False)] = Path("demo-gallery"),
    model: Annotated[str, typer.Option("--model", metavar="NAME", help="`scenes` or `photos`.")] = "scenes",
    images: Photographs = None,
) -> None:
    """Make galleries of one neuron (volcano, or church on photographs), band by band, over HTTP."""
    from inverset.demo import NEURONS, run

    if model not in NEURONS:
        raise typer.BadParameter(f"choose one of {', '.join(NEURONS)}", param_hint="--model")
    run(out, model, images)


def _panel(url: str, settings: "Settings") -> Panel:
    rows = {
        "server": f"[bold]{url}[/]",
        "API": f"{url}/docs",
        "data": escape(str(settings.data_dir)),
        "first": "" if url == LOCAL else f"export INVERSET_URL={url}",
        "key": escape(first_key(settings)),
        "try": "inverset sample scenes fc8:volcano q.95 q.99 -n 24 --out volcano",
        "end": "Ctrl-C",
    }
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value:
            table.add_row(name, value)
    return Panel.fit(table, title="inverset", title_align="left", border_style="cyan")
