"""Loads models by name in this process; your own model is first loaded and run in a child process."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from inverset import screen

if TYPE_CHECKING:
    from inverset.config.settings import Settings
    from inverset.sampler.bundle import Bundle
    from inverset.sampler.zoo.own.entry import Entry
    from inverset.sampler.zoo.own.isolation import Verdict


def try_apart(entry: "Entry", settings: "Settings") -> "Verdict":
    """The result of loading and running a model in a child process, or the stored one for the same files. Raises ZooError."""
    from inverset.sampler.zoo.own import isolation
    from inverset.worker.approvals import limits

    with screen.err.status(f"loading and running {entry.name} in a separate process"):
        return isolation.approve(entry, settings.data_dir, limits(settings))


def load(
    name: str,
    settings: "Settings",
    device: str = "cpu",
    on_progress: Callable[[int, int, str], object] | None = None,
) -> "Bundle":
    """The model of this name. Raises ZooError."""
    from inverset.sampler import zoo
    from inverset.sampler.zoo import own

    folder = settings.data_dir
    if name not in zoo.known() and name in own.names(folder):
        try_apart(own.entry(folder, name), settings)
    return zoo.load(name, device, folder, on_progress)
