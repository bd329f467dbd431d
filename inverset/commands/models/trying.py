"""Tries a model before it is written to models.toml."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from inverset.commands.models.options import user_errors
from inverset.errors import sampler_needed
from inverset.loading import try_apart
from inverset.screen import err, say

if TYPE_CHECKING:
    from inverset.config.settings import Settings
    from inverset.sampler.zoo.own.toml import Table


def written(name: str, table: "Table", settings: "Settings") -> Path:
    """The path of models.toml after the model was loaded, run and added. Raises UserError if it does not work."""
    folder = settings.data_dir
    with sampler_needed():
        from inverset.sampler import zoo
        from inverset.sampler.zoo import own
        from inverset.sampler.zoo.own.assembly import Assembly
        from inverset.sampler.zoo.own.calibration import look_at_images
        from inverset.sampler.zoo.own.entry import Entry
    with user_errors():
        if name in zoo.known(folder):
            raise zoo.BadEntry(f"there is already a model {name}")
        entry = Entry.of(name, table)
        if entry.images is not None:
            _tell_unreadable(folder / entry.images)
        for note in try_apart(entry, settings).notes:
            say(note)
    with user_errors(), err.status(f"loading {name}"):
        made = Assembly.of(entry, folder)
        shown = (
            None
            if entry.images is None
            else look_at_images(folder / entry.images, made.generator.size, folder)
        )
        own.add(folder, name, table)
    for line in (*made.fed, *([] if shown is None else [shown])):
        say(line)
    return folder / own.FILE


def _tell_unreadable(images: Path) -> None:
    """Say how files that were copied from another user, as into a container, can be read."""
    from inverset.sampler.zoo.own import walking

    refused = walking.unreadable(images)
    if refused:
        mend = f"chmod -R a+rX {images}"
        say(
            f"the user {os.geteuid()} cannot read {refused[0]}{f' and {len(refused) - 1} more' * (len(refused) > 1)}; "
            f"their owner makes them readable: {mend}\n"
            f"of files that were copied into a container: docker compose exec --privileged --user root worker {mend}"
        )
