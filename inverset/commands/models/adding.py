"""``inverset models add``: try a model, then write it down."""

from pathlib import Path
from typing import Annotated, Any

import typer

from inverset.commands.models.options import Data, settings_of, told
from inverset.refusals import sampler_needed
from inverset.screen import err, say


def add(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is to be called.")],
    network: Annotated[
        str, typer.Option("--network", metavar="SOURCE", help="As torchvision:resnet50 or export:FILE.")
    ],
    weights: Annotated[
        str | None, typer.Option("--weights", metavar="W", help="A name of the family's own, or a file.")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="LAYER", help="In which images are compared.")
    ] = None,
    encoder_network: Annotated[
        str | None,
        typer.Option("--encoder-network", metavar="SOURCE", help="That this layer is of, if another."),
    ] = None,
    generator: Annotated[
        str | None,
        typer.Option("--generator", metavar="SOURCE", help="As diffusers:FOLDER; pixels without one."),
    ] = None,
    images: Annotated[
        Path | None, typer.Option("--images", metavar="DIR", help="Natural images.", file_okay=False)
    ] = None,
    layers: Annotated[
        list[str] | None, typer.Option("--layers", metavar="PATTERN", help="What may be asked; repeated.")
    ] = None,
    labels: Annotated[
        list[str] | None, typer.Option("--labels", metavar="LAYER=FILE", help="Names of units, one a line.")
    ] = None,
    description: Annotated[str | None, typer.Option("--description", metavar="TEXT")] = None,
    others: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Any other key, as preprocessing.size=224; repeated."
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Add a model of one's own to models.toml in the data folder: users see it at once.

    Its parts are loaded first; nothing is written of a model that cannot be.
    """
    folder = settings_of(data).data_dir
    wanted: dict[str, Any] = {
        "description": description,
        "network": network,
        "weights": weights,
        "encoder": _encoder(encoder, encoder_network),
        "generator": generator,
        "images": None if images is None else _place(images, folder),
        "layers": layers,
        "labels": dict(_pair(each, "--labels") for each in labels or ()) or None,
    }
    table = {key: value for key, value in wanted.items() if value is not None}
    for each in others or ():
        _put(table, *_pair(each, "--set"))
    _try(name, table, folder)
    from sampler.zoo import own

    with told():
        own.add(folder, name, table)
    say(f"{name} is in {folder / own.FILE}; see what works with: inverset models check {name}")
    if images is not None:
        say(
            f"it is measured on some of its images when first asked; on all: inverset models calibrate {name}"
        )


def _try(name: str, table: dict[str, Any], folder: Path) -> None:
    """Load the parts. Raises Sorry where that does not work."""
    with sampler_needed():
        from sampler import zoo
        from sampler.zoo.own.assembly import Assembly
        from sampler.zoo.own.entry import Entry
        from sampler.zoo.own.pictures import Pictures
    with told(), err.status(f"loading {name}"):
        if name in zoo.names(folder):
            raise zoo.BadEntry(f"there is a model {name} already")
        entry = Entry.of(name, table)
        made = Assembly.of(entry, folder)
        if entry.images is not None:
            Pictures.of(folder / entry.images, made.generator.size)


def _encoder(layer: str | None, network: str | None) -> str | dict[str, str] | None:
    if network is None:
        return layer
    return {"network": network} if layer is None else {"network": network, "layer": layer}


def _place(images: Path, folder: Path) -> str:
    """As the file is to have it: below its own folder it goes wherever that goes."""
    whole = images.resolve()
    if not whole.is_dir():
        raise typer.BadParameter(f"there is no folder {images}", param_hint="--images")
    return str(whole.relative_to(folder.resolve()) if whole.is_relative_to(folder.resolve()) else whole)


def _pair(text: str, option: str) -> tuple[str, str]:
    key, given, value = text.partition("=")
    if not given or not key:
        raise typer.BadParameter(f"{text!r} should look like KEY=VALUE", param_hint=option)
    return key, value


def _put(table: dict[str, Any], key: str, text: str) -> None:
    """``generator.size=[64,64]``: what is a value of TOML is one, anything else a text."""
    import tomllib

    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *above, last = key.split(".")
    for step in above:
        inner = table.get(step, {})
        inner = {"layer" if step == "encoder" else "source": inner} if isinstance(inner, str) else inner
        table[step] = table = dict(inner)
    table[last] = value
