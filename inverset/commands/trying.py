"""``inverset try``: what images do to a neuron."""

import json
from pathlib import Path
from typing import Annotated

import typer

from inverset import tables
from inverset.client import LOCAL
from inverset.commands.options import Server, client
from inverset.contract.decoding import decode
from inverset.contract.image_tries import MOST_IMAGES, TriedImage
from inverset.errors import UserError
from inverset.screen import out

Reference = Annotated[
    list[int] | None,
    typer.Option("--reference", metavar="N", help="A natural image of the model, by its number; repeatable."),
]


def try_images(
    model: Annotated[str, typer.Argument(help="The model, as `inverset models` lists it.")],
    neuron: Annotated[str, typer.Argument(help="The neuron, as in `inverset sample`.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...", help="Images in PNG, JPEG or WebP.", exists=True, dir_okay=False, readable=True
        ),
    ] = None,
    reference: Reference = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    server: Server = LOCAL,
) -> None:
    """Try images on a neuron: where they fall among natural images, and which units of its layer they drive most.

    The server deletes the images once they are read, and the results once they are here.
    """
    count = len(files or []) + len(reference or [])
    if not 0 < count <= MOST_IMAGES:
        raise typer.BadParameter(f"give 1 to {MOST_IMAGES} images, not {count}", param_hint="FILE...")
    with client(server) as service:
        found = service.try_images(model, neuron, files or [], references=reference or [])
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        out.print(tables.tried([decode(TriedImage, each) for each in found]))
    if all(each["error"] for each in found):
        raise UserError("no image could be read")
