"""``inverset models add``: tries a model, then adds it to models.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inverset.commands.models import papers
from inverset.commands.models.options import Data, placed, settings_of
from inverset.commands.models.trying import written
from inverset.screen import say

if TYPE_CHECKING:
    from inverset.config.settings import Settings
    from inverset.sampler.zoo.own.toml import Table, Value


def add(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name for the model.")],
    network: Annotated[
        str | None,
        typer.Option(
            "--network", metavar="SOURCE", help="The network, such as torchvision:resnet50 or export:FILE."
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="W",
            help="The weights: a name that the network's library defines, or a file.",
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", metavar="LAYER", help="The layer whose features compare images."),
    ] = None,
    encoder_network: Annotated[
        str | None,
        typer.Option(
            "--encoder-network", metavar="SOURCE", help="The network of this layer, if it is a different one."
        ),
    ] = None,
    generator: Annotated[
        str | None,
        typer.Option(
            "--generator",
            metavar="SOURCE",
            help="The generator, such as diffusers:FOLDER; a file with --caffenet. Without one, pixels are sampled.",
        ),
    ] = None,
    caffenet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The paper's network, instead of --network.", dir_okay=False),
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also add PlacesCNN, as NAME-places (figure 6).", dir_okay=False),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option("--images", metavar="DIR", help="A folder of natural images.", file_okay=False),
    ] = None,
    layers: Annotated[
        list[str] | None,
        typer.Option("--layers", metavar="PATTERN", help="A layer to sample; can be repeated."),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--labels", metavar="LAYER=FILE", help="A file with names of units, one per line."),
    ] = None,
    description: Annotated[str | None, typer.Option("--description", metavar="TEXT")] = None,
    others: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Any other key, such as preprocessing.size=224; can be repeated.",
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Add your own model to models.toml in the data folder. Users see it at once.

    The command first loads and runs each part in a separate process, and changes nothing if one fails.
    """
    settings = settings_of(data)
    folder = settings.data_dir
    given: dict[str, Value | None] = {
        "description": description,
        "network": network,
        "weights": None if weights is None else _file_or_name(weights, folder),
        "encoder": _encoder(encoder, encoder_network),
        "generator": generator,
        "images": None if images is None else _place(images, folder),
        "layers": layers,
        "labels": {
            layer: _file_or_name(file, folder)
            for layer, file in (_pair(each, "--labels") for each in labels or ())
        }
        or None,
    }
    table = {key: value for key, value in given.items() if value is not None}
    for each in others or ():
        _put(table, *_pair(each, "--set"))
    for entry, whole in _tables(name, table, caffenet, places, folder).items():
        _add(entry, whole, settings)


def _tables(
    name: str, table: "Table", caffenet: Path | None, places: Path | None, folder: Path
) -> "dict[str, Table]":
    """The entries to write: one model, or two with PlacesCNN. Raises typer.BadParameter."""
    if caffenet is not None:
        return papers.tables(name, table, caffenet, places, folder)
    if places is not None:
        raise typer.BadParameter(
            "PlacesCNN needs --caffenet, by which images are compared", param_hint="--places"
        )
    if "network" not in table:
        raise typer.BadParameter("a model needs a network", param_hint="--network")
    return {name: table}


def _add(name: str, table: "Table", settings: "Settings") -> None:
    from inverset.sampler.zoo import own
    from inverset.sampler.zoo.own.entry import PIXELS

    say(f"{name} is in {written(name, table, settings)}; what to do next:")
    if own.entry(settings.data_dir, name).generator.family == PIXELS:
        images = "" if "images" in table else " --images DIR"
        say(f"  inverset models train-generator {name}{images}   # until then, images will not look natural")
    if "images" in table:
        say(f"  inverset models calibrate {name}   # on all its images; a worker measures some at first use")
    say(f"  inverset models check {name}   # what works, and whether samples will look natural")


def _encoder(layer: str | None, network: str | None) -> str | dict[str, str] | None:
    if network is None:
        return layer
    return {"network": network} if layer is None else {"network": network, "layer": layer}


def _place(images: Path, folder: Path) -> str:
    if not images.is_dir():
        raise typer.BadParameter(f"there is no folder {images}", param_hint="--images")
    return placed(images, folder)


def _file_or_name(text: str, folder: Path) -> str:
    """A file of the current folder by its place; what is none stays as it is: a name, or a file of the data folder."""
    name, mark, part = text.partition("#")  # of a checkpoint's parts
    return f"{placed(Path(name), folder)}{mark}{part}" if Path(name).is_file() else text


def _pair(text: str, option: str) -> tuple[str, str]:
    key, given, value = text.partition("=")
    if not given or not key:
        raise typer.BadParameter(f"{text!r} should look like KEY=VALUE", param_hint=option)
    return key, value


def _put(table: "Table", key: str, text: str) -> None:
    """Set ``generator.size=[64,64]`` in a table: a TOML value if it is one, else a text."""
    import tomllib

    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *above, last = key.split(".")
    for step in above:
        inner = table.get(step, {})
        if isinstance(inner, str):
            inner = {"layer" if step == "encoder" else "source": inner}
        if not isinstance(inner, Mapping):
            raise typer.BadParameter(f"{step} is not a table of keys", param_hint="--set")
        table[step] = table = dict(inner)
    table[last] = value
