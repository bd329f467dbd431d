"""Options and helpers that the commands on your own models share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inverset.errors import UserError

if TYPE_CHECKING:
    from inverset.config.settings import Settings

Name = Annotated[str, typer.Argument(metavar="NAME", help="The model's name in models.toml.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        file_okay=False,
        help="The server's data folder; by default INVERSET_DATA_DIR.",
    ),
]

Photographs = Annotated[
    Path | None,
    typer.Option(
        "--images",
        metavar="DIR",
        help="For `photos`: your folder of photographs; without it, Imagenette is downloaded.",
        file_okay=False,
    ),
]


def settings_of(data: Path | None) -> "Settings":
    """The settings, with another data folder if one is named. Raises UserError."""
    from inverset.settings import from_environment

    return from_environment(data)


def placed(path: Path, folder: Path) -> str:
    """A path for ``models.toml`` in the data folder: relative if it lies inside, so that the folder can be moved."""
    whole = path.expanduser().resolve()
    return str(whole.relative_to(folder.resolve()) if whole.is_relative_to(folder.resolve()) else whole)


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn a ``ZooError`` in the block into a ``UserError`` with the same sentence."""
    from inverset.sampler.zoo import ZooError

    try:
        yield
    except ZooError as error:
        raise UserError(str(error)) from None
