"""``inverset models add paper`` and ``pull paper``: the networks of the paper that this program is based on."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from inverset.commands.models.options import placed, user_errors
from inverset.commands.models.trying import written
from inverset.errors import sampler_needed
from inverset.screen import err, out, say

if TYPE_CHECKING:
    from inverset.config.settings import Settings
    from inverset.sampler.zoo.own.toml import Table

NAME = "paper"
_THEIRS = ("network", "weights", "encoder")


def tables(
    name: str, table: "Table", caffenet: Path, places: Path | None, folder: Path
) -> "dict[str, Table]":
    """The entries to write, by name. Raises typer.BadParameter if files are missing or options do not fit together."""
    if given := [key for key in _THEIRS if key in table]:
        raise typer.BadParameter(f"--caffenet sets {given[0]} itself", param_hint=f"--{given[0]}")
    if "generator" not in table:
        raise typer.BadParameter(
            "CaffeNet needs the file of a generator of its fc6", param_hint="--generator"
        )
    with sampler_needed():
        from inverset.sampler.zoo.caffe import papers
    generator = table.pop("generator")
    if not isinstance(generator, str):
        raise typer.BadParameter("with --caffenet, the generator has no keys of its own", param_hint="--set")
    source = _generator(generator, folder)
    network = _file(caffenet, "--caffenet", folder)
    filled = {name: {**papers.entry(network, source), **table}}
    if places is not None:
        theirs = papers.places_entry(_file(places, "--places", folder), network, source)
        own = {key: value for key, value in table.items() if key not in {"description", "labels"}}
        filled[f"{name}-places"] = {**theirs, **own}
    for path in filter(None, (caffenet, places)):
        if sentence := papers.recognised(path):
            say(sentence)
    return filled


def pull(settings: "Settings") -> None:
    """Fetch the files and add the model. Raises UserError where they cannot be had."""
    with sampler_needed():
        from inverset.sampler.zoo.caffe import papers
    folder = settings.data_dir
    with user_errors(), err.status("fetching 500 MB"):
        network, generator = papers.pull(folder / NAME).values()
    entry = papers.entry(placed(network, folder), f"caffe:{placed(generator, folder)}")
    file = written(NAME, entry, settings)
    out.print(f"{NAME} is in {file}; its generator is DeepSim's, not the paper's", soft_wrap=True)


def _generator(name: str, folder: Path) -> str:
    """The generator's source unchanged; a file becomes a Caffe source."""
    from inverset.sampler.zoo import generators

    if name.partition(":")[0] in generators.families():
        return name
    return f"caffe:{_file(Path(name), '--generator', folder)}"


def _file(path: Path, option: str, folder: Path) -> str:
    if not path.expanduser().is_file():
        raise typer.BadParameter(f"there is no file {path}", param_hint=option)
    return placed(path, folder)
