"""Names to bundles: each family of models is one file or folder here, with one function ``load(device)``."""

from importlib import import_module

from sampler.bundle import Bundle
from sampler.zoo.errors import CorruptWeights, UnknownModel, ZooError

__all__ = ["CorruptWeights", "UnknownModel", "ZooError", "load", "names"]

_FAMILIES = {"scenes": "sampler.zoo.scenes.bundle"}  # imported only when asked for


def names() -> tuple[str, ...]:
    """The names of all models that can be loaded."""
    return tuple(_FAMILIES)


def load(name: str, device: str = "cpu") -> Bundle:
    """Load a model by its name.

    Raises:
        UnknownModel: no such name.
        CorruptWeights: a weights file's SHA-256 is not the released one.
    """
    if name not in _FAMILIES:
        raise UnknownModel(name, names())
    bundle: Bundle = import_module(_FAMILIES[name]).load(device)
    return bundle
