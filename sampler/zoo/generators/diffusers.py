"""Generators of the diffusers library: ``diffusers:REPOSITORY`` or ``diffusers:FOLDER``.

The class is read from the configuration. Decoders of autoencoders: AutoencoderKL, AutoencoderTiny, AutoencoderRAE; their codes are
latents as diffusion sees them, near unit normal. Consistency models: one step from noise. Weights are safetensors only.
"""

import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo import hub
from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.generators.entry import GeneratorEntry, UnusableGenerator, chosen
from inverset.sampler.zoo.parts import Generator

_KINDS = {  # class -> the module here that loads it
    "AutoencoderKL": "inverset.sampler.zoo.generators.latents",
    "AutoencoderTiny": "inverset.sampler.zoo.generators.latents",
    "AutoencoderRAE": "inverset.sampler.zoo.generators.representations",
    "ConsistencyModelPipeline": "inverset.sampler.zoo.generators.consistency",
}


@dataclass(frozen=True)
class Options:
    """Options for choosing from a repository."""

    revision: str | None = None  # branch, tag or commit
    subfolder: str = ""  # of the autoencoder; that of a whole pipeline is found
    label: int = -1  # a consistency model's class; -1: its embedding is part of the code


class Source(NamedTuple):
    """The files of a model."""

    kind: str  # class, as the library names it
    folder: Path  # with config.json, or with model_index.json
    config: dict[str, Any]
    options: Options


def load(place: str, entry: GeneratorEntry, folder: Path) -> Generator:
    """The model in a folder or a repository.

    Raises:
        NotFetched: neither the folder nor the repository can be had.
        UnusableGenerator: the model is of none of the classes above, or damaged.
        ZooError: the library is not installed, or an option is wrong.
    """
    try:
        import_module("diffusers")
    except ImportError:
        raise ZooError("generators of the diffusers library need: pip install 'inverset[hub]'") from None
    source = _find(place, chosen(entry, Options), folder)
    try:
        made: Generator = import_module(_KINDS[source.kind]).load(source, entry)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise UnusableGenerator(f"{place} does not load as {source.kind}: {error}") from error
    return made


def _find(place: str, options: Options, near: Path) -> Source:
    root = hub.fetch(place, ("*.json",), near=near, revision=options.revision)
    folder = root / options.subfolder
    about = _read(folder / "model_index.json") or _read(folder / "config.json")
    if "vae" in about:  # a pipeline: only what decodes its latents is a generator
        folder = folder / "vae"
        about = _read(folder / "config.json")
    kind = about.get("_class_name", "nothing")
    if kind not in _KINDS:
        raise UnusableGenerator(f"{place} holds {kind}; {did_you_mean(kind, tuple(_KINDS))}")
    inside = folder.relative_to(root).as_posix()
    hub.fetch(place, (f"{inside}/*" if inside != "." else "*",), near=near, revision=options.revision)
    return Source(kind, folder, about, options)


def _read(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty if there is no file."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UnusableGenerator(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise UnusableGenerator(f"{path} is not a JSON object")
    return content
