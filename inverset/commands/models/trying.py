"""Nothing is written of a model that cannot be."""

from pathlib import Path
from typing import Any

from inverset.commands.models.options import told
from inverset.refusals import sampler_needed
from inverset.screen import err


def written(name: str, table: dict[str, Any], folder: Path) -> Path:
    """Load a model's parts, and write it down: the file. Raises Sorry where that does not work."""
    with sampler_needed():
        from sampler import zoo
        from sampler.zoo import own
        from sampler.zoo.own.assembly import Assembly
        from sampler.zoo.own.entry import Entry
        from sampler.zoo.own.pictures import Pictures
    with told(), err.status(f"loading {name}"):
        if name in zoo.known(folder):
            raise zoo.BadEntry(f"there is a model {name} already")
        entry = Entry.of(name, table)
        made = Assembly.of(entry, folder)
        if entry.images is not None:
            Pictures.of(folder / entry.images, made.generator.size)
        own.add(folder, name, table)
    return folder / own.FILE
