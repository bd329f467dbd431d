"""What the commands on models of one's own have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inverset.errors import UserError

if TYPE_CHECKING:
    from inverset.jobs.settings import Settings

Name = Annotated[str, typer.Argument(metavar="NAME", help="As models.toml has it.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        file_okay=False,
        help="Where the server keeps everything; by default INVERSET_DATA_DIR.",
    ),
]


def settings_of(data: Path | None) -> "Settings":
    """The settings, with another data folder if one was named. Raises UserError."""
    from inverset.settings import from_environment

    return from_environment(data)


def placed(path: Path, folder: Path) -> str:
    """As ``models.toml`` in the folder is to have it: what lies below it goes wherever that goes."""
    whole = path.expanduser().resolve()
    return str(whole.relative_to(folder.resolve()) if whole.is_relative_to(folder.resolve()) else whole)


@contextmanager
def told() -> Iterator[None]:
    """What is wrong with a model, in a sentence."""
    from inverset.sampler.zoo import ZooError

    try:
        yield
    except ZooError as error:
        raise UserError(str(error)) from None
