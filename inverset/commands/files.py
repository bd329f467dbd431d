"""The files of a server: ``inverset files``."""

from pathlib import Path
from typing import Annotated

import typer

from inverset.errors import UserError
from inverset.screen import say

app = typer.Typer(help="Back up and restore the files that INVERSET_BLOB_URL names.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(metavar="DIR", file_okay=False)]


@app.callback()
def group() -> None:
    """Back up and restore the files that INVERSET_BLOB_URL names."""


@app.command()
def backup(folder: Folder) -> None:
    """Copy all files into a folder, except those that it has already."""
    _copy(_store(), folder.absolute().as_uri())


@app.command()
def restore(folder: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, exists=True)]) -> None:
    """Copy the files of a backup back, except those that are there already."""
    _copy(folder.absolute().as_uri(), _store())


def _store() -> str:
    from inverset.settings import from_environment

    return from_environment().blobs


def _copy(source: str, target: str) -> None:
    from inverset import storage

    try:
        sizes = list(storage.copy(storage.open_store(source), storage.open_store(target)))
    except (OSError, ValueError) as error:
        raise UserError(str(error)) from None
    say(f"{len(sizes)} files, {sum(sizes)} bytes copied")
