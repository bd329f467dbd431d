"""Loads bundles by name. Each family of models is one file or folder here; custom models are named in a ``models.toml``."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo.errors import BadEntry, CorruptWeights, NoDownload, UnknownModel, ZooError

__all__ = [
    "BadEntry",
    "CorruptWeights",
    "NoDownload",
    "UnknownModel",
    "ZooError",
    "known",
    "load",
    "names",
    "stamp",
]

OnProgress = Callable[[int, int, str], object]
_OFFERED = {"scenes": "inverset.sampler.zoo.scenes.bundle"}  # imported on first use
_UNOFFERED = {"scenes-places": "inverset.sampler.zoo.scenes.places.bundle"}
_FAMILIES = {**_OFFERED, **_UNOFFERED}


def names(own: Path | None = None) -> tuple[str, ...]:
    """The names of the models that a worker offers, including those in the ``models.toml`` of a folder.

    Raises:
        BadEntry: that file cannot be read.
    """
    return (*_OFFERED, *(name for name in _own_names(own) if name not in _FAMILIES))


def known(own: Path | None = None) -> tuple[str, ...]:
    """The names of all models that can be loaded, including those for studies that no worker offers.

    Raises:
        BadEntry: as ``names``.
    """
    return (*names(own), *_UNOFFERED)


def load(
    name: str, device: str = "cpu", own: Path | None = None, on_progress: OnProgress | None = None
) -> Bundle:
    """The model with this name, loaded.

    Args:
        name: one of ``known``.
        device: where its networks are to compute.
        own: the folder whose ``models.toml`` names custom models: a server's data folder.
        on_progress: receives the progress of measuring a custom model, which happens when it is loaded for the first time:
            how much is done, of how much, and what it is.

    Raises:
        UnknownModel: no such name.
        CorruptWeights: a weights file's SHA-256 is not the released one.
        ZooError: a custom model's entry, or a part of it, is invalid.
    """
    if name in _FAMILIES:
        bundle: Bundle = import_module(_FAMILIES[name]).load(device)
        return bundle
    if own is None or name not in _own_names(own):
        raise UnknownModel(name, known(own))
    from inverset.sampler.zoo import own as mine  # noqa: PLC0415 - most models need nothing of it

    return mine.load(name, own, device, on_progress or (lambda *_: None))


def stamp(own: Path, name: str | None = None) -> object:
    """A value that changes with the models of a folder; given a name, with that model alone: its entry, files and measurements.

    The former costs two looks at the disk, and may change with none of the models.
    """
    from inverset.sampler.zoo.own import stamps  # noqa: PLC0415 - likewise

    return stamps.of_folder(own) if name is None else stamps.of_model(own, name)


def _own_names(folder: Path | None) -> tuple[str, ...]:
    if folder is None:
        return ()
    from inverset.sampler.zoo import own  # noqa: PLC0415 - likewise

    return own.names(folder)
