"""What the commands on models of one's own have in common."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inverset import screen
from inverset.errors import UserError

if TYPE_CHECKING:
    from jobs.settings import Settings
    from sampler.bundle import Bundle
    from sampler.zoo.own.entry import Entry
    from sampler.zoo.own.isolation import Verdict

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
    from sampler.zoo import ZooError

    try:
        yield
    except ZooError as error:
        raise UserError(str(error)) from None


def try_apart(entry: "Entry", settings: "Settings") -> "Verdict":
    """Have a model loaded and run in a child process, unless just this one was before. Raises ZooError."""
    from sampler.zoo.own import isolation
    from worker.approvals import limits

    with screen.err.status(f"loading and running {entry.name} in a process of its own"):
        return isolation.approve(entry, settings.data_dir, limits(settings))


def load(
    name: str,
    settings: "Settings",
    device: str = "cpu",
    tell: Callable[[int, int, str], object] | None = None,
) -> "Bundle":
    """A model by its name; one of one's own after it was loaded and run in a child process. Raises ZooError."""
    from sampler import zoo
    from sampler.zoo import own

    folder = settings.data_dir
    if name not in zoo.known() and name in own.names(folder):
        try_apart(own.entry(folder, name), settings)
    return zoo.load(name, device, folder, tell)


@contextmanager
def progress() -> Iterator[Callable[[int, int, str], object]]:
    """Bars, one for each thing that is counted; what is told of it after a colon stands beside its bar."""
    with screen.bars() as bars:
        known: set[str] = set()

        def tell(done: int, total: int, what: str) -> None:
            name, _, note = what.partition(": ")
            if name not in known:
                known.add(name)
                bars.add(name, name, total)
            bars.show(name, done, note)

        yield tell
