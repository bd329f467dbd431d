"""``inverset``: the command line. Exit codes: 0 success, 1 the command failed, 2 it could not be parsed."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from inverset.arguments import SampleCommand
from inverset.commands import (
    asking,
    checking,
    comparing,
    database,
    files,
    following,
    labeling,
    models,
    running,
    sampling,
    serving,
    sharing,
    studying,
    sweeping,
    team,
    trying,
)
from inverset.contract.errors import DomainError
from inverset.errors import ServerUnreachable, UserError, of_system
from inverset.screen import complain

app = typer.Typer(
    help="Make images that drive a neuron into a band of activations (its inverse set).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        from inverset.version import described

        typer.echo(f"inverset {described()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and its commit."
        ),
    ] = False,
) -> None:
    """Options before a command."""


app.command(cls=SampleCommand, no_args_is_help=True)(sampling.sample)
app.command(cls=SampleCommand, no_args_is_help=True)(sweeping.sweep)
app.add_typer(models.app, name="models", rich_help_panel="Models and neurons")
app.add_typer(sharing.app, name="share", rich_help_panel="Galleries")
app.add_typer(database.app, name="db", rich_help_panel="Server")
app.add_typer(files.app, name="files", rich_help_panel="Server")
app.add_typer(team.users, name="users", rich_help_panel="Server")
app.add_typer(team.keys, name="keys", rich_help_panel="Server")
PANELS: dict[str, Sequence[Callable[..., None]]] = {
    "Models and neurons": (asking.neurons, trying.try_images, team.me),
    "Jobs": (
        labeling.jobs,
        following.show,
        following.watch,
        labeling.label,
        labeling.front,
        following.cancel,
        following.retry,
        following.download,
        following.delete,
    ),
    "Galleries": (sharing.cite, comparing.compare, checking.verify, studying.study),
    "Server": (serving.up, serving.demo, running.api, running.worker, running.beat),
}
NAMES: dict[Callable[..., None], str] = {trying.try_images: "try"}  # which no function can have
for panel, commands in PANELS.items():
    for command in commands:
        app.command(NAMES.get(command), rich_help_panel=panel)(command)


def main() -> None:
    """Run a command; an error that the user can fix is printed as one sentence."""
    try:
        app()
    except ServerUnreachable as error:
        complain(f"{error}; start one with `inverset up`, or name one with --server")
        sys.exit(1)
    except (UserError, DomainError) as error:
        complain(str(error))
        sys.exit(1)
    except OSError as error:
        complain(of_system(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
